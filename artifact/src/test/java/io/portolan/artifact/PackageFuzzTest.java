package io.portolan.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.Digest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackageFuzzTest {
    private static final long SEED = Long.getLong("portolan.seed", 20261123L);
    private static final int ROUNDS = 1_200;

    @TempDir
    Path folder;

    @Test
    void row_X_6_aDamagedPackageIsRefusedOrStillTheSame() throws Exception {
        System.out.println("package fuzz: seed " + SEED);
        var random = new Random(SEED);
        var reader = new PackageReader(PackageLimits.DEFAULT);
        var originals = List.of(
                originalOfEveryKind(),
                Files.readAllBytes(Zips.plain(
                        folder,
                        Map.of(
                                "portolan.json", "{\"portals\":[\"*\"]}",
                                "index.html", "<p>hello",
                                "a/b.js", "let x = 1;".repeat(50)))));
        var path = folder.resolve("mutant.zip");
        var identities = new ArrayList<Digest>();
        for (var original : originals) {
            identities.add(reader.read(Files.write(path, original)).identity());
        }
        int accepted = 0;
        for (int round = 0; round < ROUNDS; round++) {
            var original = originals.get(round % originals.size());
            var identity = identities.get(round % originals.size());
            Files.write(path, mutant(original, random));
            try {
                // Whatever is accepted (a time stamp was hit, or nothing) has the same files.
                assertThat(reader.read(path).identity()).as("round " + round).isEqualTo(identity);
                accepted++;
            } catch (PackageRejected e) {
                assertThat(e.violations()).as("round " + round).isNotEmpty();
            }
        }
        assertThat(accepted).as("accepted").isBetween(1, ROUNDS / 2);
    }

    private static byte[] originalOfEveryKind() {
        var zip = HostileZip.valid();
        zip.stored("stored.txt", "stored");
        zip.stored("folder/", "");
        zip.deflated("d1.js", "let x = 1;".repeat(20)).withDescriptor(true, false);
        zip.deflated("d2.js", "let y = 1;".repeat(20)).withDescriptor(false, true);
        var wide = zip.deflated("caf\u00e9.js", "let z = 1;");
        wide.centralExtra = HostileZip.extra(1, HostileZip.longs(wide.size, wide.packedBytes));
        wide.localExtra = wide.centralExtra;
        zip.zip64End = true;
        return zip.bytes();
    }

    /** Flips bytes, cuts, repeats or moves a piece, or writes an extreme number somewhere. */
    private static byte[] mutant(byte[] original, Random random) {
        var bytes = original.clone();
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 ->
                    Arrays.fill(bytes, at, Math.min(bytes.length, at + 4), (byte) (random.nextBoolean() ? 0xff : 0));
                case 3 -> bytes = Arrays.copyOf(bytes, Math.max(1, random.nextInt(4) == 0 ? at : bytes.length - 1));
                case 4 -> {
                    int from = random.nextInt(bytes.length);
                    int length = Math.min(random.nextInt(50), bytes.length - Math.max(at, from));
                    System.arraycopy(bytes, from, bytes, at, length);
                }
                default -> {
                    var piece = "PK\u0005\u0006".getBytes(UTF_8);
                    System.arraycopy(
                            piece, 0, bytes, Math.min(at, Math.max(0, bytes.length - 4)), Math.min(4, bytes.length));
                }
            }
        }
        return bytes;
    }
}
