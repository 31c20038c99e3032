package io.portolan.control;

import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;

/**
 * What a location import sends: the location file alone, or a zip with {@code locations}, {@code rtt.csv} and {@code measurements.csv}
 * (the first required). Its files are deleted when it is closed. One thread at a time.
 */
final class LocationUpload implements AutoCloseable {
    /** Longest location file, packed or not. */
    static final long LOCATIONS_LIMIT_BYTES = 512L << 20;

    /** Longest of the other two. */
    static final long TABLE_LIMIT_BYTES = 64L << 20;

    static final String LOCATIONS = "locations";
    static final String RTT = "rtt.csv";
    static final String MEASUREMENTS = "measurements.csv";

    private final Map<String, Path> files;

    private LocationUpload(Map<String, Path> files) {
        this.files = files;
    }

    /** Takes a request's body into files of this folder. */
    static LocationUpload receive(InputStream body, Path folder) {
        var files = new HashMap<String, Path>();
        try {
            var in = new PushbackInputStream(body, 2);
            var head = in.readNBytes(2);
            in.unread(head);
            if (head.length == 2 && head[0] == 'P' && head[1] == 'K') {
                unpack(in, folder, files);
            } else {
                take(LOCATIONS, in, LOCATIONS_LIMIT_BYTES, folder, files);
            }
            if (!files.containsKey(LOCATIONS)) {
                throw new ApiException(ErrorCode.INVALID, "location import: the zip holds no " + LOCATIONS);
            }
            return new LocationUpload(files);
        } catch (ZipException e) {
            delete(files);
            throw new ApiException(ErrorCode.BAD_REQUEST, "location import: reading the zip: " + e.getMessage());
        } catch (IOException e) {
            delete(files);
            throw new ApiException(ErrorCode.DISK_FULL, "location import: keeping the upload: " + e.getMessage());
        } catch (RuntimeException e) {
            delete(files);
            throw e;
        }
    }

    private static void unpack(InputStream in, Path folder, Map<String, Path> files) throws IOException {
        var zip = new ZipInputStream(in);
        for (var entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
            var name = entry.getName();
            if (!List.of(LOCATIONS, RTT, MEASUREMENTS).contains(name) || files.containsKey(name)) {
                throw new ApiException(
                        ErrorCode.INVALID,
                        "location import: entry " + name + " (expected: each once of " + LOCATIONS + ", " + RTT + ", "
                                + MEASUREMENTS + ")");
            }
            take(name, zip, name.equals(LOCATIONS) ? LOCATIONS_LIMIT_BYTES : TABLE_LIMIT_BYTES, folder, files);
        }
    }

    private static void take(String name, InputStream in, long limit, Path folder, Map<String, Path> files)
            throws IOException {
        var file = Files.createTempFile(folder, "location-", ".part");
        files.put(name, file);
        try (var out = Files.newOutputStream(file)) {
            var buffer = new byte[1 << 16];
            long total = 0;
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                total += n;
                if (total > limit) {
                    throw new ApiException(
                            ErrorCode.TOO_LARGE, "location import: " + name + ": more than " + limit + " bytes");
                }
                out.write(buffer, 0, n);
            }
        }
    }

    /** The location file. */
    Path locations() {
        return files.getOrDefault(LOCATIONS, Path.of(""));
    }

    /** One of the tables; nothing where it was not sent. */
    List<Path> table(String name) {
        var file = files.get(name);
        return file == null ? List.of() : List.of(file);
    }

    @Override
    public void close() {
        delete(files);
    }

    private static void delete(Map<String, Path> files) {
        for (var file : new ArrayList<>(files.values())) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException left) {
                // The next start cleans the folder.
                continue;
            }
        }
    }
}
