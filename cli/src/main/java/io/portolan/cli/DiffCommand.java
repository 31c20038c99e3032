package io.portolan.cli;

import io.portolan.artifact.ServedFile;
import io.portolan.artifact.ServedManifest;
import io.portolan.protocol.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Compares the files of two versions. One thread at a time. */
@Command(
        name = "diff",
        description = "Shows which files differ between two published versions.",
        footer = {"", "Example:", "  portolan diff Contoso_Orders 1.2.0 1.3.0"})
final class DiffCommand extends Verb {
    @Parameters(index = "0", paramLabel = "NAME", description = "Name of the extension.")
    private String name;

    @Parameters(index = "1", paramLabel = "V1", description = "The older version.")
    private String older;

    @Parameters(index = "2", paramLabel = "V2", description = "The newer version.")
    private String newer;

    @Override
    protected int run() {
        var before = files(older);
        var after = files(newer);
        var paths = new TreeSet<>(before.keySet());
        paths.addAll(after.keySet());
        var changes = new ArrayList<LinkedHashMap<String, Object>>();
        var table = new Table("CHANGE", "FILE", "BEFORE", "AFTER");
        for (var path : paths) {
            var old = before.get(path);
            var young = after.get(path);
            if (old != null && young != null && old.hash().equals(young.hash())) {
                continue;
            }
            var word = old == null ? "added" : young == null ? "removed" : "changed";
            table.row(
                    (old == null ? Paint.GOOD : young == null ? Paint.BAD : Paint.WARN).mark(word),
                    path,
                    old == null ? "" : When.size(old.sizeBytes()),
                    young == null ? "" : When.size(young.sizeBytes()));
            var change = new LinkedHashMap<String, Object>();
            change.put("path", path);
            change.put("change", word);
            if (old != null) {
                change.put("beforeBytes", old.sizeBytes());
            }
            if (young != null) {
                change.put("afterBytes", young.sizeBytes());
            }
            changes.add(change);
        }
        var body = new LinkedHashMap<String, Object>();
        body.put("extension", name);
        body.put("from", older);
        body.put("to", newer);
        body.put("changes", changes);
        portolan()
                .print(
                        new Reply(200, Json.bytes(body), ""),
                        () -> table.isEmpty() ? List.of("no difference") : table.lines());
        return ExitCode.DONE;
    }

    private TreeMap<String, ServedFile> files(String version) {
        var reply =
                api().get("/v1/extensions/" + Api.segment(name) + "/versions/" + Api.segment(version) + "/manifest");
        var files = new TreeMap<String, ServedFile>();
        ServedManifest.parse(reply.body()).files().forEach(file -> files.put(file.path(), file));
        return files;
    }
}
