package io.portolan.region;

import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.access.AccessSummary;
import io.portolan.protocol.rest.DemandBody;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Sums the access log up for one extension, when it is asked for: answering requests costs nothing more. Reads at most what the log's
 * own limits leave on disk. Thread-safe.
 */
final class DemandRecords {
    private final AccessLogSettings settings;
    private final Path folder;

    /** @param folder of the node, from which a relative log file starts */
    DemandRecords(AccessLogSettings settings, Path folder) {
        this.settings = settings;
        this.folder = folder;
    }

    /** What was asked; blocks while it reads. */
    DemandBody of(String node, RegionName region, ExtensionName extension, String route) throws IOException {
        var summary = new AccessSummary(extension.value(), route);
        boolean kept = settings.format() != AccessLogSettings.Format.OFF;
        var file = folder.resolve(settings.file());
        for (int i = 0; kept && i < settings.files(); i++) {
            read(i == 0 ? file : file.resolveSibling(file.getFileName() + "." + i), summary);
        }
        return new DemandBody(node, region, extension, summary.networks(), summary.uncounted(), kept);
    }

    private static void read(Path file, AccessSummary summary) throws IOException {
        try (var lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                summary.add(line);
            }
        } catch (NoSuchFileException notYet) {
            // Nothing was recorded, or it was turned over this moment.
            return;
        }
    }
}
