package io.portolan.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackageMemoryTest {
    /** Tried with {@code -Dportolan.big.mib=1020} too, which is what the limits allow. */
    private static final int MIB = Integer.getInteger("portolan.big.mib", 60);

    private static final int FILES = 5;
    private static final int FILE_MIB = MIB / FILES;

    @TempDir
    Path folder;

    /** Counts what the thread allocates in all, which bounds what it can hold at once. */
    @Test
    void readsABigPackageWithLittleMemory() throws Exception {
        var zip = big();
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        new PackageReader(PackageLimits.DEFAULT)
                .read(Zips.plain(folder, Map.of("index.html", "", "portolan.json", "{\"portals\":[\"*\"]}")));

        long before = threads.getCurrentThreadAllocatedBytes();
        var content = new PackageReader(PackageLimits.DEFAULT).read(zip);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(content.sizeBytes()).isGreaterThanOrEqualTo((long) FILES * FILE_MIB << 20);
        assertThat(allocated).isLessThan(4 << 20);
    }

    private Path big() throws IOException {
        var path = folder.resolve("big.zip");
        var random = new Random(7);
        var chunk = new byte[1 << 20];
        try (var zip = new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(path)))) {
            zip.setLevel(1);
            zip.putNextEntry(new ZipEntry("portolan.json"));
            zip.write("{\"portals\":[\"*\"]}".getBytes(UTF_8));
            zip.putNextEntry(new ZipEntry("index.html"));
            for (int file = 0; file < FILES; file++) {
                zip.putNextEntry(new ZipEntry("big" + file + ".bin"));
                for (int i = 0; i < FILE_MIB; i++) {
                    // Mostly zeros, and noise enough to stay below the ratio.
                    var noise = new byte[32 << 10];
                    random.nextBytes(noise);
                    System.arraycopy(noise, 0, chunk, 0, noise.length);
                    zip.write(chunk);
                }
            }
        }
        return path;
    }
}
