package io.portolan.it;

import static org.awaitility.Awaitility.await;

import io.portolan.cli.Cli;
import io.portolan.cli.Console;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A real nginx with the configuration that {@code portolan cdn config nginx} prints, and before it a second server of the same nginx
 * that can be told to answer wrongly: a file named after the wrong answer, beside the configuration, switches it on. One process, ended by
 * its id. One thread at a time.
 */
final class NginxCdn implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** Answers that a broken CDN gives. */
    enum Wrong {
        STATUS_503,
        STATUS_404,
        /** The same so that a page may read it. */
        STATUS_404_WITH_CORS,
        HTML,
        /** Of {@link NginxCdn#origin} only: there is no worker's script. */
        NO_WORKER,
        /** Of {@link NginxCdn#origin} only: the worker's script is none. */
        BROKEN_WORKER,
        /** Of {@link NginxCdn#origin} only: a worker that fails every request. */
        THROWING_WORKER,
        /** Of {@link NginxCdn#origin} only: the worker's own script in a browser that computes no hash. */
        FAULTY_WORKER,
        /** No answer at all, of {@link NginxCdn#origin} only. */
        SILENCE
    }

    private final Process process;
    private final Path folder;
    private final int cachePort;
    private final int frontPort;
    private final int originPort;
    private final int untrustedPort;
    private final ServerSocket silent;

    private NginxCdn(
            Process process,
            Path folder,
            int cachePort,
            int frontPort,
            int originPort,
            int untrustedPort,
            ServerSocket silent) {
        this.process = process;
        this.folder = folder;
        this.cachePort = cachePort;
        this.frontPort = frontPort;
        this.originPort = originPort;
        this.untrustedPort = untrustedPort;
        this.silent = silent;
    }

    /**
     * Starts one.
     *
     * @param control control plane whose regions it pulls from
     * @param node    node that {@link #origin} passes everything on to
     */
    static NginxCdn start(Path folder, URI control, URI node) throws IOException {
        Files.createDirectories(folder.resolve("cache"));
        int cache = WorldSettings.freePort("127.0.0.1");
        int front = WorldSettings.freePort("127.0.0.1");
        int origin = WorldSettings.freePort("127.0.0.1");
        int untrusted = WorldSettings.freePort("127.0.0.1");
        makeCertificate(folder);
        // Connections are accepted by the system, and nobody reads them.
        var silent = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        Files.writeString(
                folder.resolve("portolan.conf"),
                command(
                        folder,
                        "cdn",
                        "config",
                        "nginx",
                        "--server",
                        control.toString(),
                        "--listen",
                        "127.0.0.1:" + cache,
                        "--cache",
                        folder.resolve("cache").toString(),
                        "--size",
                        "500m"));
        Files.writeString(folder.resolve("nginx.conf"), """
                daemon off;
                master_process off;
                pid %1$s/nginx.pid;
                error_log %1$s/error.log;
                events { worker_connections 512; }
                http {
                  client_body_temp_path %1$s/body;
                  proxy_temp_path %1$s/proxy;
                  fastcgi_temp_path %1$s/fastcgi;
                  uwsgi_temp_path %1$s/uwsgi;
                  scgi_temp_path %1$s/scgi;
                  default_type application/octet-stream;
                  log_format told '$request_method $uri $status $upstream_cache_status $body_bytes_sent $msec';
                  access_log %1$s/access.log told;
                  include %1$s/portolan.conf;
                  server {
                    listen 127.0.0.1:%3$d;
                    listen 127.0.0.1:%7$d ssl;
                    ssl_certificate %1$s/untrusted.pem;
                    ssl_certificate_key %1$s/untrusted.key;
                    access_log off;
                    location / {
                      if (-f %1$s/STATUS_503) { return 503; }
                      if (-f %1$s/STATUS_404) { return 404; }
                      if (-f %1$s/STATUS_404_WITH_CORS) {
                        add_header Access-Control-Allow-Origin * always;
                        return 404;
                      }
                      if (-f %1$s/HTML) { rewrite ^ /sorry.html last; }
                      proxy_pass http://127.0.0.1:%2$d;
                      proxy_http_version 1.1;
                      proxy_set_header Connection "";
                    }
                    location = /sorry.html {
                      default_type text/html;
                      add_header Access-Control-Allow-Origin *;
                      return 200 "<!doctype html><title>Sorry</title>";
                    }
                  }
                  server {
                    listen 127.0.0.1:%4$d;
                    access_log off;
                    location = /-/worker.js {
                      if (-f %1$s/NO_WORKER) { return 404; }
                      if (-f %1$s/BROKEN_WORKER) { rewrite ^ /broken.js last; }
                      if (-f %1$s/THROWING_WORKER) { rewrite ^ /throwing.js last; }
                      if (-f %1$s/FAULTY_WORKER) { rewrite ^ /faulty.js last; }
                      proxy_pass %5$s;
                      proxy_set_header Host $http_host;
                    }
                    location = /broken.js {
                      default_type text/javascript;
                      add_header Service-Worker-Allowed /;
                      return 200 "self.addEventListener('fetch', (";
                    }
                    location = /throwing.js {
                      default_type text/javascript;
                      add_header Service-Worker-Allowed /;
                      return 200 "self.addEventListener('fetch', (event) => event.respondWith(Promise.reject(new Error('bug'))));";
                    }
                    location = /faulty.js {
                      default_type text/javascript;
                      add_header Service-Worker-Allowed /;
                      return 200 "crypto.subtle.digest = () => { throw new Error('bug'); }; importScripts('/-/real.js');";
                    }
                    location = /-/real.js {
                      proxy_pass %5$s/-/worker.js;
                      proxy_set_header Host $http_host;
                    }
                    location ~ ^/[^/]+/Content/ {
                      if (-f %1$s/STATUS_503) { return 503; }
                      if (-f %1$s/SILENCE) { proxy_pass http://127.0.0.1:%6$d; }
                      proxy_pass %5$s;
                      proxy_set_header Host $http_host;
                    }
                    location / {
                      proxy_pass %5$s;
                      proxy_set_header Host $http_host;
                    }
                  }
                }
                """.formatted(
                        folder, cache, front, origin, node, silent.getLocalPort(), untrusted));
        var process = new ProcessBuilder(
                        "/usr/sbin/nginx",
                        "-p",
                        folder.toString(),
                        "-c",
                        folder.resolve("nginx.conf").toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("out.log").toFile())
                .start();
        var nginx = new NginxCdn(process, folder, cache, front, origin, untrusted, silent);
        try {
            await().atMost(LIMIT).until(nginx::listens);
        } catch (RuntimeException e) {
            nginx.close();
            throw e;
        }
        return nginx;
    }

    /** Signed by itself. */
    private static void makeCertificate(Path folder) throws IOException {
        var openssl = new ProcessBuilder(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:prime256v1",
                        "-nodes",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=cdn.portolan.test",
                        "-keyout",
                        folder.resolve("untrusted.key").toString(),
                        "-out",
                        folder.resolve("untrusted.pem").toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("openssl.log").toFile())
                .start();
        try {
            if (!openssl.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS) || openssl.exitValue() != 0) {
                throw new IOException("openssl: " + Files.readString(folder.resolve("openssl.log")));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Standard output of a command of the command line. */
    static String command(Path folder, String... words) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var console = new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                new ByteArrayInputStream(new byte[0]),
                false,
                Map.of("HOME", folder.toString()),
                folder,
                InstantSource.system());
        int code = Cli.run(Cli.commandLine(console), words);
        if (code != 0) {
            throw new AssertionError(
                    String.join(" ", words) + ": exit " + code + ": " + err.toString(StandardCharsets.UTF_8));
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    /** The server that may answer wrongly. */
    InetSocketAddress front() {
        return new InetSocketAddress("127.0.0.1", frontPort);
    }

    /** The same with a certificate that no browser trusts. */
    URI untrusted() {
        return URI.create("https://127.0.0.1:" + untrustedPort);
    }

    /** The cache itself. */
    URI cache() {
        return URI.create("http://127.0.0.1:" + cachePort);
    }

    /** A node's pages and assets under another address; with {@link Wrong#STATUS_503} its assets fail and its pages do not. */
    URI origin() {
        return URI.create("http://127.0.0.1:" + originPort);
    }

    void answer(Wrong wrong) throws IOException {
        Files.writeString(folder.resolve(wrong.name()), "");
    }

    void answerWell() throws IOException {
        for (var wrong : Wrong.values()) {
            Files.deleteIfExists(folder.resolve(wrong.name()));
        }
    }

    /** What the cache was asked for since the last {@link #forget}: method, path, status, how it was found, bytes of the body, time in
     * seconds of the epoch. */
    List<String> requests() throws IOException {
        var log = folder.resolve("access.log");
        return Files.exists(log) ? Files.readAllLines(log) : List.of();
    }

    /** Forgets the requests so far. */
    void forget() throws IOException {
        // nginx appends, so it goes on at the beginning.
        Files.writeString(folder.resolve("access.log"), "");
    }

    private boolean listens() throws IOException {
        if (!process.isAlive()) {
            throw new IllegalStateException("nginx ended: " + Files.readString(folder.resolve("out.log")));
        }
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", originPort), 1_000);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    @Override
    public void close() {
        try {
            silent.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        process.destroy();
        try {
            if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
