package io.portolan.director;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;

/** A resolver of the operating system in front of a name server under test. One thread at a time. */
final class Resolver implements AutoCloseable {
    private final Process process;
    private final InetSocketAddress address;
    private final Path log;

    private Resolver(Process process, InetSocketAddress address, Path log) {
        this.process = process;
        this.address = address;
        this.log = log;
    }

    /** Unbound, telling the server its clients' networks. */
    static Resolver unbound(Path folder, int port, InetSocketAddress server) throws IOException {
        return unbound(folder, port, List.of(server));
    }

    /** Unbound in front of several servers on one address, telling them its clients' networks. */
    static Resolver unbound(Path folder, int port, List<InetSocketAddress> servers) throws IOException {
        var stubs = servers.stream()
                .map(server -> "  stub-addr: " + server.getAddress().getHostAddress() + "@" + server.getPort() + "\n")
                .collect(Collectors.joining());
        var file = Files.writeString(folder.resolve("unbound.conf"), """
                server:
                  directory: "%1$s"
                  chroot: ""
                  username: ""
                  pidfile: ""
                  logfile: ""
                  use-syslog: no
                  interface: 127.0.0.1
                  port: %2$d
                  num-threads: 1
                  so-rcvbuf: 0
                  so-sndbuf: 0
                  access-control: 127.0.0.0/8 allow
                  do-not-query-localhost: no
                  do-ip6: no
                  local-zone: "test." nodefault
                  module-config: "subnetcache iterator"
                  send-client-subnet: %3$s
                  max-client-subnet-ipv4: 24
                stub-zone:
                  name: "ext.portolan.test"
                %4$sremote-control:
                  control-enable: no
                """.formatted(
                        folder, port, servers.getFirst().getAddress().getHostAddress(), stubs));
        return start(folder, port, "unbound", "-d", "-p", "-c", file.toString());
    }

    /** PowerDNS's recursor, telling the server its clients' networks. */
    static Resolver recursor(Path folder, int port, InetSocketAddress server) throws IOException {
        return start(
                folder,
                port,
                "pdns_recursor",
                "--config-dir=" + folder,
                "--socket-dir=" + folder,
                "--daemon=no",
                "--write-pid=no",
                "--setuid=",
                "--setgid=",
                "--threads=1",
                "--local-address=127.0.0.1",
                "--local-port=" + port,
                "--allow-from=127.0.0.0/8",
                "--dont-query=",
                "--dnssec=off",
                "--security-poll-suffix=",
                "--forward-zones=ext.portolan.test=" + server.getAddress().getHostAddress() + ":" + server.getPort(),
                "--edns-subnet-allow-list=ext.portolan.test",
                "--ecs-add-for=127.0.0.0/8",
                "--ecs-ipv4-bits=24");
    }

    /** BIND, which tells no client's network. */
    static Resolver bind(Path folder, int port, InetSocketAddress server) throws IOException {
        var file = Files.writeString(folder.resolve("named.conf"), """
                options {
                  directory "%1$s";
                  listen-on port %2$d { 127.0.0.1; };
                  listen-on-v6 { none; };
                  recursion yes;
                  allow-query { any; };
                  allow-recursion { any; };
                  dnssec-validation no;
                  pid-file none;
                  session-keyfile none;
                };
                controls { };
                zone "ext.portolan.test" {
                  type forward;
                  forward only;
                  forwarders { %3$s port %4$d; };
                };
                """.formatted(
                        folder, port, server.getAddress().getHostAddress(), server.getPort()));
        return start(folder, port, "named", "-g", "-n", "1", "-c", file.toString());
    }

    private static Resolver start(Path folder, int port, String program, String... arguments) throws IOException {
        var found = List.of("/usr/sbin", "/usr/local/sbin", "/usr/bin").stream()
                .map(place -> Path.of(place, program))
                .filter(Files::isExecutable)
                .findFirst();
        if (found.isEmpty()) {
            // Named in .ci/packages; only people may go without.
            Assumptions.assumeFalse(
                    "yes".equals(System.getenv("PORTOLAN_REQUIRE_ALL_TESTS")), program + " is not installed");
        }
        Assumptions.assumeTrue(found.isPresent(), program + " is not installed");
        var log = folder.resolve(program + ".log");
        var command = new java.util.ArrayList<String>();
        command.add(found.orElseThrow().toString());
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(Map.of("LC_ALL", "C"));
        return new Resolver(builder.start(), new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), log);
    }

    InetSocketAddress address() {
        return address;
    }

    /** Fails with what it said where it has ended. */
    void requireAlive() throws IOException {
        if (!process.isAlive()) {
            throw new AssertionError("ended with " + process.exitValue() + ": " + Files.readString(log));
        }
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
