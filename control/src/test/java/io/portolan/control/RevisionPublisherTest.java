package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoints;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.Route;
import io.portolan.model.StageDefinition;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.planner.rollout.Deployment;
import io.portolan.protocol.Signer;
import io.portolan.storage.SqliteStateStore;
import io.portolan.storage.StateStore;
import io.portolan.storage.StoredRevision;
import io.portolan.storage.Writer;
import io.portolan.testkit.MutableClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a publisher remembers between two looks changes nothing of what it publishes. */
class RevisionPublisherTest {
    private static final long SEED = Long.getLong("portolan.seed", 20261123);
    private static final EnvironmentName PROD = new EnvironmentName("prod");
    private static final EnvironmentName OTHER = new EnvironmentName("rc");
    private static final List<RegionName> REGIONS = List.of(new RegionName("westus"), new RegionName("westeurope"));
    private static final int STEPS = 300;

    @TempDir
    private Path folder;

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-23T10:00:00Z"));
    private final Signer signer = Signer.generate();
    private final Random random = new Random(SEED);
    private StateStore store;

    @BeforeEach
    void open() {
        store = SqliteStateStore.open(folder.resolve("state.db"));
        declare("ext.portolan.test");
    }

    @AfterEach
    void close() {
        store.close();
    }

    private RevisionPublisher publisher() {
        return publisher(DocumentFilter.NONE);
    }

    private RevisionPublisher publisher(DocumentFilter filter) {
        return new RevisionPublisher(store, signer, filter, clock, FailPoints.NONE);
    }

    @Test
    void twoThatTakeTurnsPublishWhatOneWithoutMemoryWould() {
        System.out.println("seed=" + SEED);
        for (char letter = 'A'; letter <= 'F'; letter++) {
            for (int version = 0; version < 4; version++) {
                version("Contoso_" + letter, version + ".0");
            }
        }
        var publishers = List.of(publisher(), publisher());
        for (int step = 0; step < STEPS; step++) {
            for (int changes = random.nextInt(3); changes >= 0; changes--) {
                change();
            }
            var one = publishers.get(random.nextInt(publishers.size()));
            if (random.nextInt(4) == 0) {
                one.look(PROD);
            }
            one.publish(PROD);

            assertThat(publisher().look(PROD))
                    .as("step %d: all is published", step)
                    .isTrue();
            assertThat(one.publish(PROD)).as("step %d: once", step).isEmpty();
            assertEveryObjectIsThere();
        }
        assertThat(newest().id().number()).isGreaterThan(STEPS / 2);
    }

    @Test
    void readsNothingAgainWhileNothingChanges() {
        extension("Contoso_A");
        var publisher = publisher();
        assertThat(publisher.publish(PROD)).isPresent();
        assertThat(publisher.look(PROD)).isTrue();
        // Behind its back, and behind the feed's: a publisher that looked at it would have to publish.
        var before = newest();
        store.write(tx -> tx.put("unrelated", "a", Writer.ANY, new byte[0]));
        assertThat(publisher.publish(PROD)).isEmpty();
        assertThat(newest().id()).isEqualTo(before.id());
    }

    @Test
    void aNameExpiresWithoutAnyChange() {
        extension("Contoso_A");
        version("Contoso_A", "1.0");
        name("Contoso_A", "try", "1.0", Duration.ofMinutes(5));
        var publisher = publisher();
        publisher.publish(PROD);
        assertThat(publisher.look(PROD)).isTrue();

        clock.advance(Duration.ofMinutes(5));

        assertThat(publisher.look(PROD)).isFalse();
        assertThat(publisher.publish(PROD)).isPresent();
        assertThat(publisher.look(PROD)).isTrue();
    }

    @Test
    void aFilterIsAskedAnewEachTime() {
        extension("Contoso_A");
        var suffix = new String[] {""};
        var publisher = publisher((key, bytes) -> key.name().equals("Contoso_A")
                ? (new String(bytes, StandardCharsets.UTF_8) + suffix[0]).getBytes(StandardCharsets.UTF_8)
                : bytes);
        publisher.publish(PROD);

        suffix[0] = " ";

        assertThat(publisher.publish(PROD)).isPresent();
    }

    private void change() {
        var name = "Contoso_" + (char) ('A' + random.nextInt(6));
        switch (random.nextInt(9)) {
            case 0 -> extension(name);
            case 1, 2 -> version(name, random.nextInt(4) + ".0");
            case 3, 4 -> point(PROD, name, random.nextInt(4) + ".0");
            case 5 -> point(OTHER, name, "1.0");
            case 6 -> name(name, "n" + random.nextInt(2), "1.0", Duration.ofSeconds(random.nextInt(60)));
            case 7 -> clock.advance(Duration.ofSeconds(random.nextInt(30)));
            default -> {
                if (random.nextInt(10) == 0) {
                    declare(random.nextBoolean() ? "ext.portolan.test" : "ext2.portolan.test");
                } else {
                    remove(name);
                }
            }
        }
    }

    private void declare(String zone) {
        var facts = new ControlSettings.Environment(
                PROD,
                zone,
                List.of("portal.portolan.test"),
                StageDefinition.standard(),
                Duration.ZERO,
                REGIONS.stream()
                        .map(name -> new ControlSettings.Region(
                                name,
                                name.value(),
                                new GeoPoint(0, 0),
                                List.of(),
                                List.of("127.0.1.1"),
                                List.of("http://127.0.1.1:1"),
                                1))
                        .toList(),
                List.of(),
                List.of(),
                List.of());
        store.write(tx -> Table.ENVIRONMENTS.put(
                tx, PROD.value(), Writer.ANY, new Records.Environment(Records.SCHEMA, 0, facts)));
    }

    private void extension(String name) {
        var record = new Records.Extension(
                Records.SCHEMA,
                new ExtensionName(name),
                new Route(name.toLowerCase(java.util.Locale.ROOT).replace('_', '-')),
                List.of(),
                Map.of(),
                Instant.EPOCH);
        store.write(tx -> Table.EXTENSIONS.put(tx, name, Writer.ANY, record));
    }

    private void remove(String name) {
        store.write(tx -> {
            tx.delete(Table.EXTENSIONS.kind(), name, Writer.ANY);
            return true;
        });
    }

    private void version(String extension, String label) {
        var name = new ExtensionName(extension);
        var version = new VersionLabel(label);
        var digest = Digest.of((extension + label + random.nextInt(3)).getBytes(StandardCharsets.UTF_8));
        store.write(tx -> Table.VERSIONS.put(
                tx,
                Table.key(name, version),
                Writer.ANY,
                new Records.Version(
                        Records.SCHEMA,
                        name,
                        version,
                        digest,
                        digest,
                        1,
                        1,
                        Instant.EPOCH,
                        "ada",
                        VersionState.PUBLISHED,
                        List.of(),
                        Long.parseLong(label.substring(0, 1)))));
    }

    private void point(EnvironmentName environment, String extension, String version) {
        var pointers = new HashMap<RegionName, String>();
        pointers.put(REGIONS.get(random.nextInt(REGIONS.size())), version);
        deployment(environment, extension, present -> present.pointing(pointers, 1));
    }

    private void name(String extension, String friendly, String version, Duration life) {
        var names = Map.of(
                friendly,
                new Deployment.FriendlyName(
                        new VersionLabel(version), clock.instant().plus(life)));
        deployment(PROD, extension, present -> present.naming(names));
    }

    private void deployment(
            EnvironmentName environment, String extension, java.util.function.UnaryOperator<Deployment> change) {
        var name = new ExtensionName(extension);
        store.write(tx -> {
            var row = Lookup.deployment(tx, environment, name);
            return Table.DEPLOYMENTS.put(tx, row.key(), row.generation(), change.apply(row.value()));
        });
    }

    private StoredRevision newest() {
        return store.<Optional<StoredRevision>>read(reader -> reader.newestRevision(PROD))
                .orElseThrow();
    }

    private void assertEveryObjectIsThere() {
        var missing = store.<List<String>>read(reader -> {
            var lost = new ArrayList<String>();
            Revisions.documents(reader, newest()).forEach((key, digest) -> {
                if (reader.object(digest).isEmpty()) {
                    lost.add(key.toString());
                }
            });
            return lost;
        });
        assertThat(missing).isEmpty();
    }
}
