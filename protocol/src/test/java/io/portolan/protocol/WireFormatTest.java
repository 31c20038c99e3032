package io.portolan.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.Route;
import io.portolan.model.Slot;
import io.portolan.model.StageDefinition;
import io.portolan.model.StageState;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.model.controller.ControllerState;
import io.portolan.model.document.Delivery;
import io.portolan.model.document.DnsRecord;
import io.portolan.model.document.EnvironmentDocument;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.Profile;
import io.portolan.model.document.RegionDocument;
import io.portolan.protocol.rest.ExtensionBody;
import io.portolan.protocol.rest.PlanBody;
import io.portolan.protocol.rest.RolloutBody;
import io.portolan.protocol.rest.RouteExplanation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/** What crosses a wire or lies on a disk is pinned, letter by letter: a file that changes here changes what old nodes read. */
class WireFormatTest {
    private static final Instant AT = Instant.parse("2026-11-23T10:00:00Z");
    private static final Digest DIGEST = Digest.of("x".getBytes(StandardCharsets.UTF_8));
    private static final EnvironmentName PROD = new EnvironmentName("prod");
    private static final RegionName WESTUS = new RegionName("westus");
    private static final ExtensionName ORDERS = new ExtensionName("Contoso_Orders");
    private static final VersionLabel V1 = new VersionLabel("1.0.8.31");

    static Stream<Sample> samples() {
        return Stream.of(
                new Sample(
                        "environment",
                        new EnvironmentDocument(
                                        1,
                                        PROD,
                                        "ext.portolan.test",
                                        List.of("portal.portolan.test"),
                                        StageDefinition.standard(),
                                        List.of(WESTUS),
                                        Duration.ofMinutes(30),
                                        List.of("http://127.0.0.1:7070"),
                                        List.of("ns1.ext.portolan.test"),
                                        Duration.ofSeconds(30),
                                        Duration.ofSeconds(30),
                                        false)
                                .withLatencyMap(DIGEST.value())
                                .withRecords(List.of(new DnsRecord("www", "CNAME", "hello.ext.portolan.test", 300)))
                                .with(new Delivery(
                                        List.of(new Delivery.Cdn("edge", "https://cdn.example.net/CDN")),
                                        Delivery.Worker.OFF,
                                        Delivery.FirstVisit.WAIT,
                                        Map.of("edge", 25),
                                        Delivery.Breaker.OFF,
                                        Duration.ofSeconds(2),
                                        Delivery.Telemetry.OFF))),
                new Sample(
                        "region",
                        new RegionDocument(
                                1,
                                WESTUS,
                                PROD,
                                "West US",
                                new GeoPoint(37.783, -122.417),
                                List.of(new RegionName("eastus")),
                                List.of("127.0.1.3"),
                                List.of("http://127.0.1.3:7080"),
                                RegionState.LIVE,
                                1,
                                "")),
                new Sample(
                        "extension",
                        new ExtensionDocument(
                                1,
                                ORDERS,
                                new Route("orders"),
                                Profile.standard(),
                                Map.of(WESTUS, new ExtensionDocument.Pointer(V1, "stage4", "1.0.8.30", 100, 7)),
                                Map.of("stage4", V1),
                                Map.of("alice", V1),
                                Map.of(Slot.LKG, V1, Slot.PREVIOUS_HOTFIX, V1),
                                Map.of(
                                        V1,
                                        new ExtensionDocument.HeldVersion(
                                                DIGEST,
                                                DIGEST,
                                                VersionState.PUBLISHED,
                                                false,
                                                true,
                                                List.of("region"))),
                                Map.of(WESTUS, List.of(V1)),
                                List.of(new ExtensionDocument.Replaced(
                                        Profile.standard(), new RegionDocument.Ramp(AT, Duration.ofMinutes(10)))))),
                new Sample(
                        "revision",
                        new Revision(
                                1, PROD, 1, 42, "", AT, "changed: x", List.of("key"), List.of(), List.of(), DIGEST)),
                new Sample(
                        "bucket",
                        new DocumentTree.Bucket(
                                1,
                                List.of(new DocumentTree.Entry(
                                        DocumentTree.Kind.extension,
                                        "Contoso_Orders",
                                        DIGEST,
                                        Map.of(WESTUS, DIGEST))))),
                new Sample(
                        "status",
                        new NodeStatus(
                                "node-westus",
                                PROD,
                                WESTUS,
                                "region",
                                "http://127.0.1.3:7080",
                                "boot",
                                3,
                                1,
                                42,
                                DIGEST.value(),
                                List.of(new NodeStatus.Lacking(ORDERS, V1, 4711)),
                                1,
                                12,
                                List.of(new NodeStatus.Quarantined(ORDERS, "does not parse")),
                                1,
                                List.of(),
                                1L << 40,
                                "",
                                List.of(),
                                List.of(),
                                List.of(new ControllerReport(
                                        ORDERS, V1, "quotes", ControllerState.UNHEALTHY, 1, 2, 4, "answers 500", AT)),
                                1,
                                AT)),
                new Sample(
                        "join",
                        new Join.Request("node-westus", "region", PROD, WESTUS, "key", "http://127.0.1.3:7080")),
                new Sample(
                        "rollout",
                        new RolloutBody(
                                "ro-1",
                                ORDERS,
                                PROD,
                                V1,
                                null,
                                RolloutKind.BREAK_GLASS,
                                RolloutState.RUNNING,
                                "urgent",
                                "hash",
                                new PlanBody(
                                        "quick",
                                        List.of(new PlanBody.StagePlan(
                                                "stage4", List.of(List.of(WESTUS)), Duration.ofMinutes(30), 0, true)),
                                        Duration.ofMinutes(30),
                                        Duration.ofMinutes(30),
                                        2,
                                        List.of(new PlanBody.Ramp(5, Duration.ofMinutes(15))),
                                        "halt",
                                        true,
                                        AT,
                                        List.of("stage1"),
                                        true),
                                List.of(new RolloutBody.StageBody(
                                        "stage4", List.of(WESTUS), StageState.BAKING, AT, AT, "")),
                                List.of(new RolloutBody.Lost(WESTUS, "OWED", "out of reach")),
                                List.of(new RolloutBody.ApprovalBody("stage4", "ada", AT, AT)),
                                new RolloutBody.WaitingFor("baking", AT, AT, List.of("engine")),
                                List.of("CDN edge: 3 of 3 entry files fetched through it"),
                                AT,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null)),
                new Sample(
                        "problem",
                        new Problem(
                                "about:blank",
                                "the package breaks rules",
                                422,
                                "publishing",
                                "package-rejected",
                                List.of(new Problem.Violation("bad-crc", "a.js", null, "wrong", null, 5L)))),
                new Sample(
                        "route-explanation",
                        new RouteExplanation(
                                "orders.ext.portolan.test",
                                "192.0.2.1",
                                "192.0.2.0/24",
                                24,
                                WESTUS,
                                "nearest",
                                List.of(new RouteExplanation.Candidate(
                                        WESTUS, 3.5, "distance 359 km", true, true, V1, null, false)),
                                "map",
                                AT,
                                new RouteExplanation.Place("London", 51.5, -0.12, "EU", "GB", "GB-ENG", true),
                                "1.7",
                                "director",
                                "stage4",
                                "geographic",
                                List.of("geographic: GB", "performance"),
                                List.of(new RouteExplanation.Outside("cdn.example.net", true, "", "not the first")))),
                new Sample(
                        "registration",
                        new ExtensionBody(
                                ORDERS,
                                new Route("orders"),
                                List.of("a@b"),
                                Map.of("prod", List.of("*")),
                                null,
                                null)));
    }

    record Sample(String name, Object value) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static NodeStatus status() {
        return (NodeStatus) samples()
                .filter(sample -> sample.name().equals("status"))
                .findFirst()
                .orElseThrow()
                .value();
    }

    @ParameterizedTest
    @CsvSource({
        "lacking,extension",
        "lacking,version",
        "quarantined,extension",
        "quarantined,reason",
        "controllers,controller"
    })
    void aStatusThatDoesNotSayOfWhatItSpeaksIsRefused(String list, String field) {
        var tree = (ObjectNode) Json.mapper().readTree(Json.bytes(status()));
        ((ObjectNode) tree.at("/" + list + "/0")).remove(field);

        assertThatThrownBy(() -> Json.read(Json.bytes(tree), NodeStatus.class))
                .isInstanceOf(MalformedJson.class)
                .hasMessageContaining(field);
    }

    @Test
    void aStatusOfANodeThatKnowsNoControllersSaysNothingOfThem() {
        var status = status();
        var tree = (ObjectNode) Json.mapper().readTree(Json.bytes(status));
        tree.remove(List.of("controllers", "controllerCount"));

        var old = Json.read(Json.bytes(tree), NodeStatus.class);

        assertThat(old.controllerCount()).isEqualTo(-1);
        assertThat(old.controller(ORDERS, V1, "quotes")).isEmpty();
        assertThat(status.controller(ORDERS, V1, "quotes")).get().returns(false, ControllerReport::isSettled);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void isWrittenAsPinned(Sample sample) {
        var written = Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(sample.value()) + "\n";

        assertThat(written).isEqualTo(pinned(sample));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void isReadBackEqual(Sample sample) {
        assertThat((Object) Json.read(Json.bytes(sample.value()), sample.value().getClass()))
                .isEqualTo(sample.value());
    }

    @ParameterizedTest
    @MethodSource("samples")
    void unknownFieldsAreIgnored(Sample sample) {
        var tree = (ObjectNode) Json.mapper().readTree(Json.bytes(sample.value()));
        tree.put("fieldOfTheNextVersion", 1);

        assertThat((Object) Json.read(Json.bytes(tree), sample.value().getClass()))
                .isEqualTo(sample.value());
    }

    @Test
    void aRampOfAnOlderBuildIsReadAsOneByTheClock() {
        var ramp = Json.read("{\"since\":\"2026-11-27T00:00:00Z\",\"over\":\"PT10M\"}", RegionDocument.Ramp.class);

        assertThat(ramp.fixed()).isZero();
        assertThat(ramp.share(ramp.since())).isEqualTo(100);
    }

    @Test
    void duplicateKeysTrailingTextAndMissingFieldsAreRefusedWithTheReason() {
        assertThatThrownBy(() -> Json.read("{\"code\":\"a\",\"code\":\"b\"}", Problem.class))
                .isInstanceOf(MalformedJson.class)
                .hasMessageContaining("code");
        assertThatThrownBy(() -> Json.read("{} x", Problem.class)).isInstanceOf(MalformedJson.class);
        assertThatThrownBy(() -> Json.read("null", Problem.class)).isInstanceOf(MalformedJson.class);
        assertThatThrownBy(() -> Json.read("{\"schema\":1}", Revision.class)).isInstanceOf(MalformedJson.class);
        assertThatThrownBy(() -> Json.read("{\"digest\":\"XYZ\"}".replace("digest", "root"), Revision.class))
                .isInstanceOf(MalformedJson.class)
                .hasMessageContaining("64 lower-case hexadecimal digits");
    }

    @Test
    void anEnvelopeIsVerifiedByItsKeyItsTypeAndItsExactBytes() {
        var signer = Signer.generate();
        var other = Signer.generate();
        var envelope = Envelope.sign("type", "payload".getBytes(StandardCharsets.UTF_8), signer);
        var keys = Map.of(signer.keyId(), signer.publicKey());

        assertThat(envelope.verify("type", keys)).isPresent();
        assertThat(envelope.verify("other", keys)).isEmpty();
        assertThat(envelope.verify("type", Map.of(other.keyId(), other.publicKey())))
                .isEmpty();
        assertThat(envelope.verify("type", Map.of(signer.keyId(), other.publicKey())))
                .isEmpty();
        assertThat(new Envelope("type", "cGF5bG9hZA", envelope.signatures()).verify("type", keys))
                .isPresent();
        assertThat(new Envelope("type", "cGF5bG9hRA==", envelope.signatures()).verify("type", keys))
                .isEmpty();
        assertThat(new Envelope("type", "%%", envelope.signatures()).verify("type", keys))
                .isEmpty();
        assertThat(Json.read(Json.bytes(envelope), Envelope.class)).isEqualTo(envelope);
        assertThat(Signer.decode(signer.encoded()).keyId()).isEqualTo(signer.keyId());
    }

    private static String pinned(Sample sample) {
        var name = sample.name() + ".json";
        try (var in = WireFormatTest.class.getResourceAsStream(name)) {
            return in == null ? "no file " + name : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aDeliveryOfAnOlderBuildLetsEveryBrowserAskEveryCdn() {
        var cdn = new Delivery.Cdn("edge", "https://cdn.example.net");
        var tree = (ObjectNode) Json.mapper()
                .readTree(Json.bytes(new Delivery(List.of(cdn), Delivery.Worker.ON, Delivery.FirstVisit.GO)));
        tree.remove(List.of("shares", "breaker", "probeEvery", "telemetry"));

        assertThat(Json.read(Json.bytes(tree), Delivery.class).share(cdn)).isEqualTo(Delivery.ALL);
    }

    @Test
    void anEnvironmentOfAnOlderBuildHasTheStandardDelivery() {
        var tree = (ObjectNode) Json.mapper()
                .readTree(Json.bytes(samples()
                        .filter(sample -> sample.name().equals("environment"))
                        .findFirst()
                        .orElseThrow()
                        .value()));
        tree.remove("delivery");

        assertThat(Json.read(Json.bytes(tree), EnvironmentDocument.class).delivery())
                .isEqualTo(Delivery.STANDARD);
    }
}
