package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.FailPoints;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.document.DnsRecord;
import io.portolan.sync.ReplicaSettings;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Experiment 46: revisions that come into use under load; {@code -Dportolan.test.swaps=1000} for as many as it asks for. In revision k every region's addresses are 10.h.l.1 to 10.h.l.4, h and l the bytes of k, and an alias leads to the
 * extension, with TTLs of k: an answer that is not wholly of one k mixes two revisions.
 */
final class SwapTest {
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final int REVISIONS = Integer.getInteger("portolan.test.swaps", 60);
    private static final int CLIENTS = 3;
    private static final String ALIAS = "alias.ext.portolan.test";

    @TempDir
    private Path folder;

    private static void put(RevisionServer control, int k) {
        var environment = Samples.environment();
        control.put(environment.withRecords(List.of(new DnsRecord("alias", "CNAME", "hello.ext.portolan.test", k))));
        var addresses = new ArrayList<String>();
        for (int i = 1; i <= 4; i++) {
            addresses.add("10." + (k >> 8) + "." + (k & 255) + "." + i);
        }
        control.put(Samples.region("westeurope", new GeoPoint(52.3667, 4.9), addresses, List.of(), RegionState.LIVE));
        control.put(Samples.extension("Portolan_Hello", "hello", String.valueOf(k), List.of("westeurope")));
    }

    @Test
    void noQueryIsLostAndNoAnswerMixesTwoRevisions() throws Exception {
        try (var control = RevisionServer.start(Samples.PROD)) {
            put(control, 1);
            control.publish("first");
            try (var director = director(control)) {
                awaitRevision(director, 1);
                var ended = new AtomicBoolean();
                var asked = new AtomicLong();
                var faults = new ConcurrentLinkedQueue<String>();
                var seen = java.util.concurrent.ConcurrentHashMap.<Integer>newKeySet();
                var clients = new ArrayList<Thread>();
                for (int client = 0; client < CLIENTS; client++) {
                    clients.add(Thread.ofPlatform().start(() -> {
                        try (var socket = new DatagramSocket()) {
                            socket.setSoTimeout((int) LIMIT.toMillis());
                            while (!ended.get()) {
                                seen.add(revision(ask(socket, director.dnsAddress()), faults));
                                asked.incrementAndGet();
                            }
                        } catch (IOException lost) {
                            faults.add("no answer: " + lost);
                        }
                    }));
                }
                for (int k = 2; k <= REVISIONS; k++) {
                    put(control, k);
                    control.publish("number " + k);
                    // Not every one of them has to be seen by the director, but some questions fall between any two.
                    long before = asked.get();
                    await().atMost(LIMIT).until(() -> asked.get() > before + 20 || !faults.isEmpty());
                }
                awaitRevision(director, REVISIONS);
                ended.set(true);
                for (var client : clients) {
                    client.join(LIMIT);
                    assertThat(client.isAlive()).isFalse();
                }
                assertThat(faults).isEmpty();
                assertThat(seen).hasSizeGreaterThan(10);
                assertThat(director.dnsMetrics())
                        .contains("portolan_dns_answers_total{rcode=\"NOERROR\",transport=\"udp\",type=\"A\"} "
                                + asked.get());
            }
        }
    }

    /** Asks once: what is lost is lost, and the test fails. */
    private static Message ask(DatagramSocket socket, InetSocketAddress server) throws IOException {
        var wire = Dig.query(ALIAS, Type.A, "81.2.69.0/24").toWire();
        socket.send(new DatagramPacket(wire, wire.length, server));
        var packet = new DatagramPacket(new byte[1500], 1500);
        socket.receive(packet);
        return Dig.parse(Arrays.copyOf(packet.getData(), packet.getLength()));
    }

    /** The one revision that everything in an answer is of. */
    private static int revision(Message answer, ConcurrentLinkedQueue<String> faults) {
        Set<Integer> of = new HashSet<>();
        var records = answer.getSection(Section.ANSWER);
        of.add((int) records.getFirst().getTTL());
        for (var record : records.subList(1, records.size())) {
            var bytes = record.rdataToString().split("\\.", -1);
            of.add((Integer.parseInt(bytes[1]) << 8) + Integer.parseInt(bytes[2]));
        }
        if (answer.getRcode() != Rcode.NOERROR || records.size() != 5 || of.size() != 1) {
            faults.add(answer.toString());
        }
        return of.iterator().next();
    }

    private DirectorServer director(RevisionServer control) {
        var local = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
        var replica = new ReplicaSettings(
                "director",
                "director",
                Samples.PROD,
                new RegionName("director"),
                "",
                control.uri(),
                RevisionServer.TOKEN,
                folder,
                Duration.ofSeconds(5),
                Duration.ofSeconds(1));
        return DirectorServer.start(
                new DirectorSettings(
                        replica, DnsSettings.of(local), local, List.of(), DirectorSettings.Probes.STANDARD, ""),
                InstantSource.system(),
                FailPoints.NONE);
    }

    private static void awaitRevision(DirectorServer director, long number) {
        await().atMost(LIMIT).until(() -> director.sync()
                .current()
                .filter(revision -> revision.id().number() == number)
                .isPresent());
    }
}
