package io.portolan.it;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * What a team would put up for itself: a real nginx with the files of bundles below a folder with their version, compressed beforehand, kept
 * by browsers for a year, and calls passed on to a backend. One process, ended by its id. One thread at a time.
 */
final class PlainServer implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Set<String> COMPRESSED = Set.of("html", "css", "js", "mjs", "json", "svg", "wasm", "ttf");

    private final Process process;
    private final Path folder;
    private final int port;

    private PlainServer(Process process, Path folder, int port) {
        this.process = process;
        this.folder = folder;
        this.port = port;
    }

    /** Starts one; {@code /ROUTE/api/…} goes to the backend. */
    static PlainServer start(Path folder, URI backend) throws IOException {
        Files.createDirectories(folder.resolve("site"));
        int port = WorldSettings.freePort("127.0.0.1");
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
                  access_log off;
                  sendfile on;
                  tcp_nopush on;
                  gzip_static on;
                  gzip_vary on;
                  types {
                    text/html html; text/css css; text/javascript js mjs; application/json json; image/svg+xml svg;
                    image/png png; application/wasm wasm; font/ttf ttf; font/woff2 woff2; application/pdf pdf;
                  }
                  default_type application/octet-stream;
                  upstream backend { server %3$s; keepalive 16; }
                  server {
                    listen 127.0.0.1:%2$d;
                    root %1$s/site;
                    location ~ ^/[^/]+/api/ {
                      proxy_pass http://backend;
                      proxy_http_version 1.1;
                      proxy_set_header Connection "";
                    }
                    location ~ ^/[^/]+/[0-9] { add_header Cache-Control "public, max-age=31536000, immutable"; }
                    location ~ ^/([^/]+)/$ {
                      add_header Cache-Control "no-cache";
                      try_files /$1/index.html =404;
                    }
                  }
                }
                """.formatted(folder, port, backend.getAuthority()));
        var process = new ProcessBuilder(
                        "/usr/sbin/nginx",
                        "-p",
                        folder.toString(),
                        "-c",
                        folder.resolve("nginx.conf").toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("out.log").toFile())
                .start();
        var server = new PlainServer(process, folder, port);
        try {
            await().atMost(LIMIT).until(server::listens);
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
        return server;
    }

    /**
     * Puts a bundle up. Its page gets by hand what the bundle expects of a page of ours.
     *
     * @param entry         name of the page
     * @param configuration as JSON
     */
    void put(Path bundle, String route, String entry, String configuration) throws IOException {
        var site = folder.resolve("site").resolve(route);
        var files = site.resolve("1");
        try (var all = Files.walk(bundle)) {
            for (var each : (Iterable<Path>) all.filter(Files::isRegularFile)::iterator) {
                var target = files.resolve(bundle.relativize(each).toString());
                Files.createDirectories(Objects.requireNonNull(target.getParent()));
                Files.copy(each, target);
                compress(target);
            }
        }
        var page = Files.readString(bundle.resolve(entry))
                .replace(
                        "<head>",
                        "<head><base href=\"/" + route + "/1/\"><script>window.portolan = { config: " + configuration
                                + ", version: '1', region: 'plain', api: '/" + route
                                + "/api', blade: () => ({ ready() {} }) }</script>");
        compress(Files.writeString(site.resolve("index.html"), page));
    }

    private static void compress(Path file) throws IOException {
        var name = file.getFileName().toString();
        if (!COMPRESSED.contains(name.substring(name.lastIndexOf('.') + 1))) {
            return;
        }
        try (var out = new GZIPOutputStream(Files.newOutputStream(file.resolveSibling(name + ".gz"))) {
            {
                def.setLevel(Deflater.BEST_COMPRESSION);
            }
        }) {
            Files.copy(file, out);
        }
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + port);
    }

    private boolean listens() throws IOException {
        if (!process.isAlive()) {
            throw new IllegalStateException("nginx ended: " + Files.readString(folder.resolve("out.log")));
        }
        try (var socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    @Override
    public void close() {
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
