package io.portolan.region;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Malformed and hostile HTTP/1.1, as bytes on a wire. Stateless. */
final class HostileRequests {
    /** In the path of every request that hides behind another: nobody may ever answer it. */
    static final String HIDDEN = "hidden-request";

    private static final String HEAD = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n";
    private static final String POST = "POST /orders HTTP/1.1\r\nHost: localhost\r\n";
    private static final String BEHIND = "GET /" + HIDDEN + " HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private HostileRequests() {}

    /**
     * One of them.
     *
     * @param requests most answers that it may get
     * @param harmless whether a success is an answer too, because a right reading of it asks for nothing forbidden
     */
    record Case(String name, byte[] bytes, int requests, boolean harmless) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Case> all() {
        var cases = new ArrayList<Case>();
        lengths(cases);
        chunks(cases);
        lines(cases);
        hosts(cases);
        targets(cases);
        versionsAndMethods(cases);
        oversized(cases);
        harmless(cases);
        return cases;
    }

    private static void add(List<Case> cases, String name, String text) {
        cases.add(new Case(name, text.getBytes(StandardCharsets.ISO_8859_1), 1, false));
    }

    private static void lengths(List<Case> cases) {
        for (var lines : List.of(
                "Content-Length: 5\r\nContent-Length: 6",
                "Content-Length: 0\r\nContent-Length: 0",
                "Content-Length: 5, 5",
                "Content-Length: +0",
                "Content-Length: -1",
                "Content-Length: 0x0",
                "Content-Length: 0 0",
                "Content-Length: ",
                "Content-Length: 99999999999999999999",
                "Content-Length: 0\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nContent-Length: 4",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked, identity",
                "Transfer-Encoding: gzip, chunked",
                "Transfer-Encoding: identity",
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding: \u000bchunked",
                "Transfer-Encoding: \"chunked\"",
                "Transfer-Encoding : chunked",
                "Content-Length : 0",
                "Content-Length\u0000: 0")) {
            add(cases, lines.replace("\r\n", " and "), POST + lines + "\r\n\r\n0\r\n\r\n" + BEHIND);
        }
        add(
                cases,
                "chunked in HTTP/1.0",
                "POST /orders HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + BEHIND);
    }

    private static void chunks(List<Case> cases) {
        for (var body : List.of(
                "zz\r\nabc\r\n0\r\n\r\n",
                "-1\r\nabc\r\n0\r\n\r\n",
                "0x3\r\nabc\r\n0\r\n\r\n",
                "FFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n",
                "80000000\r\nabc\r\n0\r\n\r\n",
                "\r\nabc\r\n0\r\n\r\n",
                "3\r\nabcdef\r\n0\r\n\r\n",
                "3\nabc\n0\n\n",
                "3\r\nabc0\r\n\r\n",
                "3;" + "x".repeat(70_000) + "\r\nabc\r\n0\r\n\r\n",
                "0\r\nTrailer: " + "x".repeat(70_000) + "\r\n\r\n",
                "0\r\n trailer folded: x\r\n\r\n",
                "5\r\nab")) {
            add(
                    cases,
                    "chunks " + body.substring(0, Math.min(20, body.length())).replaceAll("[\r\n]", "|"),
                    POST + "Transfer-Encoding: chunked\r\n\r\n" + body + BEHIND);
        }
    }

    private static void lines(List<Case> cases) {
        add(cases, "bare LF everywhere", "GET /healthz HTTP/1.1\nHost: localhost\n\n");
        add(cases, "bare LF after a header", HEAD + "X: a\nY: b\r\n\r\n");
        add(cases, "bare LF at the end", HEAD + "X: a\r\n\n" + BEHIND);
        add(cases, "bare CR in a header", HEAD + "X: a\rY: b\r\n\r\n");
        add(cases, "bare CR before a hidden request", HEAD + "X: a\r\r\n" + BEHIND);
        add(cases, "folded header", HEAD + "X: a\r\n b\r\n\r\n");
        add(cases, "folded by a tab", HEAD + "X: a\r\n\tTransfer-Encoding: chunked\r\n\r\n");
        add(cases, "space before the first header", "GET /healthz HTTP/1.1\r\n Host: localhost\r\n\r\n");
        add(cases, "space before a colon", HEAD + "X : a\r\n\r\n");
        add(cases, "no name", HEAD + ": a\r\n\r\n");
        add(cases, "no colon", HEAD + "X\r\n\r\n");
        add(cases, "no token as a name", HEAD + "X[1]@: a\r\n\r\n");
        add(cases, "NUL in a name", HEAD + "X\0: a\r\n\r\n");
        add(cases, "NUL in a value", HEAD + "X: a\0b\r\n\r\n");
        add(cases, "unknown expectation", HEAD + "Expect: miracle\r\n\r\n");
        add(
                cases,
                "TLS on a plain port",
                "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003" + "x".repeat(300));
        add(cases, "noise", "\u0080\u00ff\u0001\0\u0007".repeat(100) + "\r\n\r\n");
    }

    private static void hosts(List<Case> cases) {
        var line = "GET /orders HTTP/1.1\r\n";
        add(cases, "no host", line + "\r\n");
        add(cases, "two hosts", line + "Host: localhost\r\nHost: localhost\r\n\r\n");
        for (var host : List.of(
                "", "local host", "localhost/x", "me@localhost", "localhost:", "localhost:x", "a, b", "../x", "\0")) {
            add(cases, "host " + host, line + "Host: " + host + "\r\n\r\n");
        }
        add(cases, "a host of others", line + "Host: evil.example\r\n\r\n");
        for (var target : List.of(
                "http://evil.example/orders",
                "http:///orders",
                "http://me@localhost/orders",
                "http://localhost:99999999/orders",
                "ftp://localhost/orders",
                "localhost:80",
                "//localhost/orders",
                "?x",
                "orders")) {
            add(cases, "target " + target, "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        }
        add(cases, "CONNECT", "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n");
    }

    private static void targets(List<Case> cases) {
        var below = "/orders/Content/1.0/";
        for (var path : List.of(
                "../../../secret.txt",
                "..%2f..%2f..%2fsecret.txt",
                "%2e%2e/%2e%2e/%2e%2e/secret.txt",
                "%252e%252e%252fsecret.txt",
                "..%255c..%255csecret.txt",
                "..\\..\\secret.txt",
                "..%5c..%5csecret.txt",
                "img/../../../secret.txt",
                "....//....//secret.txt",
                "..;/..;/secret.txt",
                "%c0%ae%c0%ae/secret.txt",
                "%e0%80%ae%e0%80%ae/secret.txt",
                "%uff0e%uff0e/secret.txt",
                "app.js%00.txt",
                "app.js%00",
                "app.js/",
                "app.js/.",
                "./app.js",
                "//app.js",
                "app.js%0d%0aX: y",
                "%",
                "%zz",
                "%2",
                "%ff%fe",
                "\u00e0\u00e1")) {
            add(cases, "path " + path, "GET " + below + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        }
        add(cases, "path out of the root", "GET /../../secret.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
        add(cases, "path of the node", "GET /orders/Content/../blobs/ HTTP/1.1\r\nHost: localhost\r\n\r\n");
        add(cases, "NUL in a path", "GET " + below + "app.js\0 HTTP/1.1\r\nHost: localhost\r\n\r\n");
        add(cases, "absolute path", "GET " + below + "/etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n");
        add(cases, "file URL", "GET file:///etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }

    private static void versionsAndMethods(List<Case> cases) {
        add(cases, "HTTP/0.9", "GET /healthz\r\n");
        for (var version : List.of(
                "HTTP/0.9",
                "HTTP/1.2",
                "HTTP/1.10",
                "HTTP/2.0",
                "HTTP/3",
                "HTTP/1.1x",
                "http/1.1",
                "HTTP/ 1.1",
                "HTTPS/1.1",
                "X")) {
            add(cases, "version " + version, "GET /healthz " + version + "\r\nHost: localhost\r\n\r\n");
        }
        for (var start : List.of(
                "get /healthz",
                "Get /healthz",
                "PUT /orders",
                "DELETE /orders",
                "TRACE /orders",
                "PATCH /orders",
                "PROPFIND /orders",
                "G\0ET /healthz",
                "GE(T /healthz",
                " GET /healthz",
                "GET  /healthz",
                "GET\t/healthz",
                "GET /health z",
                "GET",
                "A".repeat(200) + " /healthz")) {
            add(cases, "start " + start, start + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        }
    }

    private static void oversized(List<Case> cases) {
        add(cases, "long target", "GET /" + "a".repeat(100_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        add(cases, "long header", HEAD + "X: " + "a".repeat(100_000) + "\r\n\r\n");
        add(cases, "long name", HEAD + "X".repeat(100_000) + ": a\r\n\r\n");
        add(cases, "many headers", HEAD + "X: a\r\n".repeat(20_000) + "\r\n");
        add(cases, "endless headers", HEAD + "X: a\r\n".repeat(20_000));
        add(cases, "endless line", "A".repeat(500_000));
        add(cases, "only empty lines", "\r\n".repeat(100_000));
        add(cases, "long body", POST + "Content-Length: 1000000\r\n\r\n" + "a".repeat(1_000_000));
    }

    private static void harmless(List<Case> cases) {
        var upgrade = HEAD + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n";
        var socket = HEAD + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        for (var text : List.of(upgrade, socket, "\r\n" + HEAD + "\r\n", HEAD + "Content-Length: 5\r\n\r\nhello")) {
            cases.add(new Case(
                    "harmless " + text.replaceAll("[\r\n]+", "|"),
                    text.getBytes(StandardCharsets.ISO_8859_1),
                    1,
                    true));
        }
        var pair = HEAD + "\r\n" + HEAD + "Host: localhost\r\n\r\n" + BEHIND;
        cases.add(new Case("a bad one after a good one", pair.getBytes(StandardCharsets.ISO_8859_1), 2, true));
    }
}
