package io.portolan.region;

import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.portolan.testkit.LonePorts;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A real nginx that serves the files of a folder, with their stored variants. One process, ended by its id. */
final class Nginx implements AutoCloseable {
    private static final Path PROGRAM = Path.of("/usr/sbin/nginx");
    private static final Path BROTLI = Path.of("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so");
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final Process process;
    private final URI uri;

    private Nginx(Process process, URI uri) {
        this.process = process;
        this.uri = uri;
    }

    /** Starts one on a free port; the test is skipped where nginx is missing ({@code ./portolan test} insists on it). */
    static Nginx start(Path prefix, Path files) throws IOException {
        assumeThat(PROGRAM).as("package nginx-light is installed").exists();
        assumeThat(BROTLI)
                .as("package libnginx-mod-http-brotli-static is installed")
                .exists();
        int port = LonePorts.next();
        Files.createDirectories(prefix);
        var configuration = Files.writeString(prefix.resolve("nginx.conf"), """
                load_module %1$s;
                daemon off;
                master_process off;
                pid %2$s/nginx.pid;
                error_log %2$s/error.log;
                events { worker_connections 64; }
                http {
                  access_log off;
                  client_body_temp_path %2$s/body;
                  proxy_temp_path %2$s/proxy;
                  fastcgi_temp_path %2$s/fastcgi;
                  uwsgi_temp_path %2$s/uwsgi;
                  scgi_temp_path %2$s/scgi;
                  types { text/javascript js; text/html html; image/svg+xml svg; }
                  default_type application/octet-stream;
                  charset utf-8;
                  charset_types text/javascript;
                  gzip_static on;
                  brotli_static on;
                  gzip_http_version 1.0;
                  gzip_proxied any;
                  gzip_vary on;
                  server {
                    listen 127.0.0.1:%3$d;
                    root %4$s;
                  }
                }
                """.formatted(BROTLI, prefix, port, files));
        var process = new ProcessBuilder(PROGRAM.toString(), "-p", prefix.toString(), "-c", configuration.toString())
                .redirectErrorStream(true)
                .redirectOutput(prefix.resolve("out.log").toFile())
                .start();
        var nginx = new Nginx(process, URI.create("http://127.0.0.1:" + port));
        try {
            await().atMost(LIMIT).until(() -> nginx.listens(prefix));
        } catch (RuntimeException e) {
            nginx.close();
            throw e;
        }
        return nginx;
    }

    URI uri() {
        return uri;
    }

    private boolean listens(Path prefix) throws IOException {
        if (!process.isAlive()) {
            throw new IllegalStateException("nginx ended: " + Files.readString(prefix.resolve("out.log")));
        }
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()), 1_000);
            return true;
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
