package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A seventh region joins a world of processes in the middle of a rollout, gets its users and is retired again, while clients of every
 * continent ask DNS where to go and load the page there without pause.
 */
@Tag("alone")
@Timeout(1200)
class JoinUnderLoadTest {
    @RegisterExtension
    static final SharedDev WORLD = SharedDev.processes();

    private static final String NEW = "uksouth";
    private static final String NAME = "Contoso_Ferries";
    private static final String HOST = "ferries." + DevProcess.ZONE;
    private static final Duration LIMIT = Duration.ofMinutes(6);
    private static final String LONDON = "81.2.69.0/24";
    private static final Map<String, String> CLIENTS = Map.of(
            "London", LONDON,
            "Sao Paulo", "200.160.0.0/24",
            "Singapore", "203.116.0.0/24",
            "San Francisco", "192.0.2.0/24",
            "Amsterdam", "198.51.100.0/24",
            "Dallas", "2001:db8::/32");

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicLong requests = new AtomicLong();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    /** Requests by client, region and version. */
    private final Map<String, AtomicLong> served = new ConcurrentHashMap<>();

    @Test
    void aRegionThatJoinsAndIsRetiredUnderLoadCostsNoRequest() throws Exception {
        var dev = WORLD.dev();
        var random = new Random(20261127);
        dev.rest().register(NAME, "ferries");
        for (var version : List.of("1.0", "2.0")) {
            var release = Release.write(dev.scratch("ferries"), version, random, 3, 20_000);
            dev.must("publish", release.folder().toString(), "--extension", NAME, "--version", version);
        }
        dev.rest().awaitSucceeded(dev.rest().start(NAME, "1.0"));
        await().atMost(LIMIT).until(() -> dev.dig().addressFor(HOST, LONDON).equals(DevProcess.address("westeurope")));
        var threads = new ArrayList<Thread>();
        CLIENTS.forEach((client, subnet) -> threads.add(Thread.ofVirtual().start(() -> ask(dev, client, subnet))));
        try {
            joinAndRetire(dev);
        } finally {
            ended.set(true);
            for (var thread : threads) {
                thread.join();
            }
        }

        System.out.println(
                "requests=" + requests + " wrong=" + wrong.size() + " served=" + new java.util.TreeMap<>(served));
        assertThat(wrong).isEmpty();
        assertThat(requests.get()).isGreaterThan(500);
    }

    private void joinAndRetire(DevProcess dev) throws Exception {
        await().atMost(LIMIT).until(() -> count("London", "westeurope") > 20);
        assertThat(served.keySet()).noneMatch(key -> key.contains(NEW));
        var rollout = dev.rest()
                .post("/v1/rollouts", Map.of("extension", NAME, "version", "2.0", "bake", "5s"))
                .text("/id");
        dev.must("dev", "add-region", NEW, "--data", dev.data().toString());
        // Until it is told to take users, no client is ever answered with it, and the version is its stage's.
        await().atMost(LIMIT).until(() -> {
            boolean early = served.keySet().stream().anyMatch(key -> key.contains(NEW));
            var state = state(dev);
            return assertedBefore(early, state);
        });
        await().atMost(LIMIT).until(() -> state(dev).equals("LIVE"));
        await().atMost(LIMIT)
                .until(() ->
                        dev.rest().get("/v1/rollouts/" + rollout).text("/state").equals("SUCCEEDED"));
        await().atMost(LIMIT).until(() -> count("London", NEW) > 20);
        var node = dev.rest().get("/v1/regions/" + NEW).text("/nodes/0/url");
        var there = Pages.get(URI.create(node + "/ferries"));
        assertThat(there.headers().firstValue("X-Portolan-Version")).contains("2.0");
        assertThat(there.headers().firstValue("X-Portolan-Region")).contains(NEW);
        assertThat(dev.must("region", "show", NEW, "--evidence").out())
                .contains("extensions loaded in Chrome/", "controllers: ");
        assertThat(served.keySet().stream().filter(key -> key.contains(NEW)))
                .as("whose nearest it is")
                .allMatch(key -> key.startsWith("London ") || key.startsWith("Amsterdam "));

        dev.must("region", "retire", NEW, "--yes");
        await().atMost(LIMIT).until(() -> state(dev).equals("DARK"));
        await().atMost(LIMIT)
                .until(() ->
                        dev.cli("region", "retire", NEW, "--final", "--yes").code() == 0);
        await().atMost(LIMIT).until(() -> state(dev).equals("RETIRED"));
        dev.steer("stop", "node-" + NEW);
        long before = count("London", "westeurope");
        await().atMost(LIMIT).until(() -> count("London", "westeurope") > before + 20);
    }

    private static boolean assertedBefore(boolean early, String state) {
        var users = List.of("CANARY", "RAMPING", "LIVE");
        // The state was read after the answers were counted: it can only be further.
        assertThat(early && !users.contains(state))
                .as("answered while %s", state)
                .isFalse();
        return users.contains(state);
    }

    private static String state(DevProcess dev) throws Exception {
        return dev.rest().get("/v1/regions/" + NEW).text("/state");
    }

    private long count(String client, String region) {
        return served.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(client + " " + region + " "))
                .mapToLong(entry -> entry.getValue().get())
                .sum();
    }

    /** Asks DNS anew now and then, as resolvers do, and the node that it names all the time. */
    private void ask(DevProcess dev, String client, String subnet) {
        var addresses = new LinkedHashMap<String, String>();
        while (!ended.get()) {
            try {
                var address = dev.dig().addressFor(HOST, subnet);
                addresses.put(address, "");
                for (int i = 0; i < 10 && !ended.get(); i++) {
                    load(dev, client, address);
                    LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
                }
            } catch (IOException e) {
                wrong.add(client + ": " + e + " (addresses so far: " + addresses.keySet() + ")");
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void load(DevProcess dev, String client, String address) throws IOException, InterruptedException {
        var uri = URI.create("http://" + address + ":" + (dev.portBase() + 80) + "/ferries");
        var answer = http.send(
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30)).build(),
                HttpResponse.BodyHandlers.ofByteArray());
        requests.incrementAndGet();
        var region = answer.headers().firstValue("X-Portolan-Region").orElse("");
        var version = answer.headers().firstValue("X-Portolan-Version").orElse("");
        if (answer.statusCode() != 200 || !List.of("1.0", "2.0").contains(version)) {
            wrong.add(client + ": " + uri + " answered " + answer.statusCode() + " version " + version);
        }
        served.computeIfAbsent(client + " " + region + " " + version, none -> new AtomicLong())
                .incrementAndGet();
    }
}
