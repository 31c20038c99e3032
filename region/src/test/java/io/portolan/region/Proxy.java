package io.portolan.region;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A well-known proxy before a node, keeping its connections to it open: whoever loses step there shows others' answers. */
final class Proxy implements AutoCloseable {
    private final URI uri;
    private final Process process;

    private Proxy(Path prefix, int port, List<String> command) throws IOException {
        uri = URI.create("http://127.0.0.1:" + port);
        var log = prefix.resolve("log.txt").toFile();
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log)
                .start();
        try {
            await().atMost(NodeWorld.LIMIT).until(this::answers);
        } catch (RuntimeException | Error e) {
            process.destroyForcibly();
            throw new IOException("starting " + command + ": " + Files.readString(log.toPath()), e);
        }
    }

    static Proxy nginx(Path prefix, int port, URI node) throws IOException {
        var settings = prefix.resolve("nginx.conf");
        Files.createDirectories(prefix.resolve("tmp"));
        Files.writeString(settings, """
                daemon off;
                master_process off;
                pid nginx.pid;
                error_log stderr crit;
                events { worker_connections 256; }
                http {
                  access_log off;
                  client_body_temp_path tmp/body;
                  proxy_temp_path tmp/proxy;
                  fastcgi_temp_path tmp/fastcgi;
                  uwsgi_temp_path tmp/uwsgi;
                  scgi_temp_path tmp/scgi;
                  client_header_timeout 1s;
                  client_body_timeout 1s;
                  keepalive_timeout 1s;
                  lingering_timeout 500ms;
                  upstream node { server %s; keepalive 2; }
                  server {
                    listen 127.0.0.1:%d;
                    location / {
                      proxy_pass http://node;
                      proxy_http_version 1.1;
                      proxy_set_header Connection "";
                      proxy_set_header Host localhost;
                      proxy_request_buffering off;
                    }
                  }
                }
                """.formatted(node.getAuthority(), port));
        return new Proxy(
                prefix, port, List.of("nginx", "-p", prefix.toString(), "-c", settings.toString(), "-e", "stderr"));
    }

    static Proxy haproxy(Path prefix, int port, URI node) throws IOException {
        var settings = prefix.resolve("haproxy.cfg");
        Files.writeString(settings, """
                global
                  maxconn 256
                defaults
                  mode http
                  timeout connect 5s
                  timeout server 20s
                  timeout client 1s
                  timeout http-request 1s
                  timeout http-keep-alive 1s
                  http-reuse always
                frontend clients
                  bind 127.0.0.1:%d
                  default_backend node
                backend node
                  server one %s
                """.formatted(port, node.getAuthority()));
        return new Proxy(prefix, port, List.of("haproxy", "-db", "-q", "-f", settings.toString()));
    }

    URI uri() {
        return uri;
    }

    private boolean answers() {
        try (var socket = new Socket(uri.getHost(), uri.getPort())) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    @Override
    public void close() {
        process.destroy();
        await().atMost(NodeWorld.LIMIT).until(() -> !process.isAlive());
    }
}
