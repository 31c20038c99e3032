package io.portolan.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.RevisionId;
import java.nio.file.Path;
import java.time.Instant;

/** Writes without pause until it is killed; prints each number once its write was acknowledged. */
final class CrashWriterMain {
    static final EnvironmentName PROD = new EnvironmentName("prod");

    private CrashWriterMain() {}

    public static void main(String[] arguments) {
        try (var store = SqliteStateStore.open(Path.of(arguments[0]))) {
            while (true) {
                System.out.println(store.<Long>write(CrashWriterMain::step));
                System.out.flush();
            }
        }
    }

    /** One transaction that touches every table. */
    private static long step(Writer writer) {
        var newest = writer.newestRevision(PROD);
        long number = newest.map(revision -> revision.id().number()).orElse(0L) + 1;
        var text = Long.toString(number);
        var envelope = text.repeat(300).getBytes(UTF_8);
        writer.put("k", "counter", number - 1, text.getBytes(UTF_8));
        writer.putObject(envelope);
        writer.append(new LogEntry("portolan.test", text, "child", "", "", "{}", Instant.EPOCH));
        writer.putRevision(new StoredRevision(
                PROD,
                new RevisionId(1, number),
                Digest.of(envelope),
                newest.map(revision -> revision.digest().value()).orElse(""),
                "key",
                "",
                Instant.EPOCH,
                envelope));
        return number;
    }
}
