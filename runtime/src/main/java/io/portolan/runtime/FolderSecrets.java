package io.portolan.runtime;

import io.portolan.model.ExtensionName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Secrets as files: {@code <folder>/<extension>/<name>}, as a mounted Kubernetes secret or an operator lays them down. A final line
 * break is not part of the value. Thread-safe.
 */
public final class FolderSecrets implements Secrets {
    /** Longest secret. */
    static final int MOST_BYTES = 64 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(FolderSecrets.class);

    private final Path folder;

    public FolderSecrets(Path folder) {
        this.folder = Objects.requireNonNull(folder, "folder");
    }

    @Override
    public Optional<String> find(ExtensionName extension, String name) {
        var own = folder.resolve(extension.value());
        var file = own.resolve(name).normalize();
        if (!own.equals(file.getParent())) {
            return Optional.empty();
        }
        try (var in = Files.newInputStream(file)) {
            var bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new IOException("longer than " + MOST_BYTES + " bytes");
            }
            return Optional.of(withoutBreak(new String(bytes, StandardCharsets.UTF_8)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            LOG.warn("extension={} secret={} cannot be read: {}", extension, name, e.toString());
            return Optional.empty();
        }
    }

    private static String withoutBreak(String text) {
        return text.endsWith("\r\n")
                ? text.substring(0, text.length() - 2)
                : text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }
}
