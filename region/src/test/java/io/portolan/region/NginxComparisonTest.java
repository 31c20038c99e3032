package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ranges, conditions, codings and HEAD, answer by answer as nginx answers them about the same files with the same variants. Where
 * the two differ, {@link NginxDifference} says why; a difference that no request shows any more fails the test too.
 */
class NginxComparisonTest {
    private static final long SEED = 20_261_123L;
    private static final String BASE = "/orders/Content/1.0/";
    /** Stands in a condition for the server's own tag of what it would answer. */
    private static final String OWN = "{own}";

    private static final List<String> FILES = List.of("app.js", "style.html", "plain.bin", "empty.js");
    private static final List<String> CODINGS = List.of(
            "",
            "identity",
            "gzip",
            "br",
            "gzip, br",
            "br, gzip",
            "gzip, deflate, br, zstd",
            "deflate",
            "*",
            "gzip;q=0",
            "br;q=0",
            "gzip;q=0, br",
            "gzip;q=0.0, br;q=0.000",
            "gzip;q=1.0, br;q=0.5",
            "gzip;q=0.5, br;q=1.0",
            "gzip;q=0.5, identity",
            "gzip;q=0.001",
            "identity;q=0",
            "identity;q=0, gzip;q=0",
            "*;q=0",
            "*;q=0.5, gzip;q=0",
            "x-gzip",
            "GZIP",
            "gzip;q=2",
            "gzip;q=abc",
            "gzip ; q=0.4",
            "gzipped, brx");
    private static final List<String> CONDITIONS = List.of(
            "If-None-Match: {own}",
            "If-None-Match: W/{own}",
            "If-None-Match: \"x\", {own}",
            "If-None-Match: \"x\",W/{own} , \"y\"",
            "If-None-Match: \"x\"",
            "If-None-Match: \"\"",
            "If-None-Match: *",
            "If-None-Match: x",
            "If-Match: {own}",
            "If-Match: W/{own}",
            "If-Match: \"x\", {own}",
            "If-Match: \"x\"",
            "If-Match: *",
            "If-Match: \"x\"|If-None-Match: {own}",
            "If-Match: {own}|If-None-Match: {own}",
            "If-Match: *|If-None-Match: \"x\"",
            "If-Match: {own}|If-Unmodified-Since: Thu, 01 Jan 1970 00:00:10 GMT",
            "If-None-Match: \"x\"|If-Modified-Since: Fri, 31 Dec 2060 23:59:59 GMT",
            "If-None-Match: {own}|If-Modified-Since: Thu, 01 Jan 1970 00:00:10 GMT",
            "If-Unmodified-Since: Thu, 01 Jan 1970 00:00:10 GMT",
            "If-Unmodified-Since: Fri, 31 Dec 2060 23:59:59 GMT",
            "If-Modified-Since: Thu, 01 Jan 1970 00:00:10 GMT",
            "If-None-Match: {own}|Range: bytes=0-1",
            "If-Match: \"x\"|Range: bytes=0-1",
            "If-None-Match: {own}|Range: bytes=999999-");
    private static final List<String> RANGES = List.of(
            "bytes=0-0",
            "bytes=0-99",
            "Bytes=1-2",
            "bytes=100-",
            "bytes=-1",
            "bytes=-100",
            "bytes=-999999",
            "bytes=0-999999",
            "bytes=999999-",
            "bytes=-0",
            "bytes=0-",
            "bytes=5-4",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=1-2x",
            "items=0-1",
            "bytes 0-1",
            "bytes=0-99999999999999999999999",
            "bytes=99999999999999999999999-",
            "bytes=0-1,4-5",
            "bytes=4-5,0-1",
            "bytes=0-1, 4-5 ,-1",
            "bytes=0-9,5-14",
            "bytes=0-9,10-19",
            "bytes=0-,0-",
            "bytes=999999-,1-2",
            "bytes=999999-,888888-",
            "bytes=0-1,5-4");

    @Test
    void answersAsNginxDoesOrSaysWhyNot(@TempDir Path folder) throws IOException {
        var random = new Random(SEED);
        var release = release(random);
        var files = folder.resolve("files/orders/Content/1.0");
        release.writeTo(files);
        try (var world = new NodeWorld(folder.resolve("node"));
                var nginx = Nginx.start(folder.resolve("nginx"), folder.resolve("files"))) {
            world.publish(new Extension("Contoso_Orders", "orders")
                    .holds(world.server, release)
                    .gives("1.0"));
            world.awaitVersion("orders", "1.0");

            compare(table(random), world.uri(), nginx.uri());
        }
    }

    private static Release release(Random random) {
        return new Release("Contoso_Orders", "1.0")
                .file("index.html", "<!doctype html><html><head></head><body></body></html>")
                .file("app.js", bytes(random, 5_000))
                .variant("app.js", "br", bytes(random, 1_200))
                .variant("app.js", "gzip", bytes(random, 1_500))
                .file("style.html", bytes(random, 4_000))
                .variant("style.html", "gzip", bytes(random, 900))
                .file("plain.bin", bytes(random, 70_000))
                .file("empty.js", "")
                .file("sub/a b+c.svg", "<svg/>")
                .file("caf\u00e9.js", "1;");
    }

    private static byte[] bytes(Random random, int length) {
        var bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static List<Asked> table(Random random) {
        var table = new ArrayList<Asked>();
        for (var file : FILES) {
            for (var coding : CODINGS) {
                table.add(new Asked("GET", file, coding, List.of()));
                table.add(new Asked("HEAD", file, coding, List.of()));
            }
            for (var coding : List.of("", "gzip", "br")) {
                for (var condition : CONDITIONS) {
                    table.add(new Asked("GET", file, coding, List.of(condition.split("\\|"))));
                    table.add(new Asked("HEAD", file, coding, List.of(condition.split("\\|"))));
                }
                for (var range : RANGES) {
                    table.add(new Asked("GET", file, coding, List.of("Range: " + range)));
                }
                for (var ifRange : List.of(OWN, "W/" + OWN, "\"x\"", "Thu, 01 Jan 1970 00:00:10 GMT")) {
                    table.add(new Asked("GET", file, coding, List.of("Range: bytes=1-2", "If-Range: " + ifRange)));
                    table.add(new Asked("GET", file, coding, List.of("Range: bytes=99999-", "If-Range: " + ifRange)));
                }
                table.add(new Asked("HEAD", file, coding, List.of("Range: bytes=0-1")));
            }
            for (int i = 0; i < 40; i++) {
                table.add(new Asked("GET", file, i % 2 == 0 ? "" : "gzip", List.of("Range: " + ranges(random))));
            }
        }
        for (var path : List.of(
                "sub/a%20b+c.svg",
                "sub/a%20b%2Bc.svg",
                "sub%2Fa%20b+c.svg",
                "caf%C3%A9.js",
                "CAF%C3%89.js",
                "%61pp.js",
                "app.js?x=y",
                "APP.JS",
                "app.js/",
                "app.js%00",
                "nothing.js",
                "sub/../app.js",
                "./app.js",
                "sub//a%20b+c.svg",
                "app%252ejs")) {
            table.add(new Asked("GET", path, "", List.of()));
        }
        for (var method : List.of("POST", "PUT", "DELETE", "OPTIONS", "PATCH")) {
            table.add(new Asked(method, "app.js", "", List.of()));
        }
        return table;
    }

    private static String ranges(Random random) {
        var specs = new ArrayList<String>();
        for (int i = 0, count = 1 + random.nextInt(4); i < count; i++) {
            int first = random.nextInt(6_000);
            specs.add(
                    switch (random.nextInt(3)) {
                        case 0 -> first + "-" + (first + random.nextInt(300));
                        case 1 -> first + "-";
                        default -> "-" + random.nextInt(300);
                    });
        }
        return "bytes=" + String.join(",", specs);
    }

    private static void compare(List<Asked> table, URI node, URI nginx) throws IOException {
        var wrong = new ArrayList<String>();
        var seen = EnumSet.noneOf(NginxDifference.class);
        for (var asked : table) {
            var ours = Answered.of(ask(node, asked));
            var theirs = Answered.of(ask(nginx, asked));
            if (!ours.equals(theirs)) {
                var reasons = NginxDifference.of(asked, ours, theirs);
                seen.addAll(reasons);
                if (reasons.isEmpty()) {
                    wrong.add(asked + "\n  ours   " + ours + "\n  theirs " + theirs);
                }
            }
        }

        assertThat(wrong).as("seed %d, %d requests", SEED, table.size()).isEmpty();
        assertThat(table).hasSizeGreaterThan(500);
        assertThat(seen).as("differences that requests show").containsExactlyInAnyOrder(NginxDifference.values());
    }

    private static Wire.Answer ask(URI server, Asked asked) throws IOException {
        var headers = new ArrayList<String>();
        if (!asked.coding().isEmpty()) {
            headers.add("Accept-Encoding: " + asked.coding());
        }
        if (asked.conditions().stream().anyMatch(condition -> condition.contains(OWN))) {
            var own = Wire.get(server, BASE + asked.path(), headers.toArray(String[]::new))
                    .header("ETag");
            asked.conditions().forEach(condition -> headers.add(condition.replace(OWN, own)));
        } else {
            headers.addAll(asked.conditions());
        }
        if (asked.method().equals("POST")
                || asked.method().equals("PUT")
                || asked.method().equals("PATCH")) {
            headers.add("Content-Length: 0");
        }
        return Wire.send(server, asked.method(), BASE + asked.path(), headers.toArray(String[]::new));
    }
}
