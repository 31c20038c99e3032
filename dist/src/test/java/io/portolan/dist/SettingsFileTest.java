package io.portolan.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.portolan.control.BrowserSettings;
import io.portolan.control.StateDatabase;
import io.portolan.director.DnsLimits;
import io.portolan.director.DnsSettings;
import io.portolan.director.IpPrefix;
import io.portolan.director.RateLimits;
import io.portolan.kubernetes.KubernetesSettings;
import io.portolan.model.StageDefinition;
import io.portolan.model.document.DnsRecord;
import io.portolan.region.AccessLogSettings;
import io.portolan.region.ContentSettings;
import io.portolan.region.ControllerSettings;
import io.portolan.region.OperatorAccess;
import io.portolan.region.gateway.GatewaySettings;
import io.portolan.storage.PostgresSettings;
import io.portolan.sync.PeerSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsFileTest {
    private static final String REGION = """
            node: node-westus
            environment: prod
            region: westus
            control: http://127.0.0.1:7070
            join-token: file:join-token
            """;

    @TempDir
    private Path folder;

    private Path file(String text) throws IOException {
        Files.writeString(folder.resolve("join-token"), "secret\n");
        return Files.writeString(folder.resolve("settings.yaml"), text);
    }

    private SettingsFile.BadSettings bad(String text) throws IOException {
        var file = file(text);
        return catchThrowableOfType(
                SettingsFile.BadSettings.class, () -> SettingsFile.read(file, RegionConfiguration::read));
    }

    @Test
    void defaultsOfARegionNode() throws IOException {
        var settings = SettingsFile.read(file(REGION), RegionConfiguration::read);

        assertThat(settings.listenHost()).isEqualTo("127.0.0.1");
        assertThat(settings.listenPort()).isEqualTo(7080);
        assertThat(settings.store()).hasToString("http://127.0.0.1:7070");
        assertThat(settings.memoryBytes()).isEqualTo(64L << 20);
        assertThat(settings.fetchBytesPerSecond()).isZero();
        assertThat(settings.accessLog())
                .isEqualTo(new AccessLogSettings(
                        AccessLogSettings.Format.COMBINED, Path.of("logs/access.log"), 20L << 20, 5, 8192));
        assertThat(settings.replica().peers()).isEqualTo(PeerSettings.NONE);
        assertThat(settings.http().idleTimeout()).isEqualTo(Duration.ofSeconds(60));
        assertThat(settings.replica().folder()).isEqualTo(folder);
        assertThat(settings.replica().joinToken()).isEqualTo("secret");
        assertThat(settings.replica().pollWait()).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.controllers()).isEqualTo(ControllerSettings.DEFAULTS);
        assertThat(settings.gateway()).isEqualTo(GatewaySettings.DEFAULTS);
        assertThat(settings.replica().statusEvery()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void everyKeyOfARegionNodeIsRead() throws IOException {
        Files.writeString(folder.resolve("token"), "a-token-of-operators\n");
        var settings = SettingsFile.read(file(REGION + """
                        url: http://10.0.0.1:80
                        listen: "[::1]:81"
                        store: http://127.0.0.1:9000
                        data-folder: data
                        own-names: [a.example, b.example]
                        fetch-parallelism: 2
                        fetch-bytes-per-second: 10MiB
                        access-log: json
                        access-log-file: /var/log/portolan/access.log
                        access-log-files: 3
                        peers: [http://10.0.0.2:80]
                        fetch-stall: 250ms
                        retry-max: 2m
                        on-demand-wait: 1s
                        on-demand-limit: 3
                        memory: 2KiB
                        max-connections: 4
                        idle-timeout: PT5S
                        drain-timeout: 1h
                        garbage-least-age: 2d
                        page-lifetime: 30d
                        retained-versions: 5
                        retained-size: 1GiB
                        collect-every: 2h
                        collect-every-if-short: 30s
                        scrub-per-second: 1MiB
                        disk-reserve: 12MiB
                        operator-networks: [10.1.0.0/16]
                        operator-token: "file:token"
                        controllers-allow: [Contoso_Orders]
                        controllers-folder: /srv/controllers
                        controllers-secrets: secrets
                        controllers-java: /opt/jdk/bin/java
                        controllers-node: /opt/node/bin/node
                        controllers-user: portolan-controllers
                        controllers-cgroup: /sys/fs/cgroup/portolan
                        controllers-log-bytes: 1MiB
                        controllers-log-files: 2
                        controllers-grace: 3s
                        controllers-ready-wait: 4s
                        poll-wait: 2s
                        status-every: 3s
                        other-controls: ["http://127.0.0.2:7070", "http://127.0.0.3:7070"]
                        """), RegionConfiguration::read);

        assertThat(settings.replica().controls().stream().map(Object::toString))
                .containsExactly("http://127.0.0.1:7070", "http://127.0.0.2:7070", "http://127.0.0.3:7070");

        assertThat(settings.listenHost()).isEqualTo("::1");
        assertThat(settings.ownNames()).containsExactly("a.example", "b.example");
        assertThat(settings.fetchStall()).isEqualTo(Duration.ofMillis(250));
        assertThat(settings.memoryBytes()).isEqualTo(2048);
        assertThat(settings.fetchBytesPerSecond()).isEqualTo(10L << 20);
        assertThat(settings.accessLog().format()).isEqualTo(AccessLogSettings.Format.JSON);
        assertThat(settings.accessLog().file()).isEqualTo(Path.of("/var/log/portolan/access.log"));
        assertThat(settings.accessLog().files()).isEqualTo(3);
        assertThat(settings.replica().peers().urls()).containsExactly(URI.create("http://10.0.0.2:80"));
        assertThat(settings.drainTimeout()).isEqualTo(Duration.ofHours(1));
        assertThat(settings.content())
                .isEqualTo(new ContentSettings(
                        Duration.ofDays(2),
                        Duration.ofDays(30),
                        5,
                        1L << 30,
                        Duration.ofHours(2),
                        Duration.ofSeconds(30),
                        1L << 20,
                        12L << 20));
        assertThat(settings.operators())
                .isEqualTo(new OperatorAccess(
                        List.of(OperatorAccess.Network.parse("10.1.0.0/16")), "a-token-of-operators"));
        assertThat(settings.controllers())
                .isEqualTo(new ControllerSettings(
                        List.of("Contoso_Orders"),
                        Path.of("/srv/controllers"),
                        folder.resolve("secrets").toString(),
                        "/opt/jdk/bin/java",
                        "/opt/node/bin/node",
                        "portolan-controllers",
                        "/sys/fs/cgroup/portolan",
                        1 << 20,
                        2,
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(4)));
        assertThat(settings.replica().folder()).isEqualTo(folder.resolve("data"));
        assertThat(settings.replica().url()).isEqualTo("http://10.0.0.1:80");
    }

    @Test
    void aNodeRunsControllersOnAClusterWhereItsFileSaysSo() throws IOException {
        assertThat(SettingsFile.read(file(REGION), SettingsFileTest::region).kubernetes())
                .isNull();
        assertThat(SettingsFile.read(file(REGION + "controllers-runtime: kubernetes\n"), SettingsFileTest::region)
                        .kubernetes())
                .isEqualTo(KubernetesSettings.of("portolan-controllers"));

        var chosen = SettingsFile.read(file(REGION + """
                        controllers-runtime: kubernetes
                        kubernetes-config: kubeconfig
                        kubernetes-context: westus
                        kubernetes-namespace: controllers
                        kubernetes-addresses: service
                        kubernetes-callers: [10.0.0.0/8, app=portolan-region]
                        kubernetes-pull-secrets: [registry]
                        kubernetes-root: yes
                        """), SettingsFileTest::region);

        assertThat(chosen.kubernetes())
                .isEqualTo(new KubernetesSettings(
                        folder.resolve("kubeconfig").toString(),
                        "westus",
                        "controllers",
                        KubernetesSettings.Addresses.SERVICE,
                        List.of("10.0.0.0/8", "app=portolan-region"),
                        List.of("registry"),
                        true,
                        KubernetesSettings.Timings.DEFAULTS));
        var docker = file(REGION + "controllers-runtime: docker\n");
        assertThat(catchThrowableOfType(
                                SettingsFile.BadSettings.class,
                                () -> SettingsFile.read(docker, SettingsFileTest::region))
                        .faults())
                .singleElement()
                .asString()
                .contains("docker (expected: process or kubernetes)");
    }

    /** As a node reads its file. */
    private static KubernetesConfiguration.Chosen region(Section keys) {
        RegionConfiguration.read(keys);
        return KubernetesConfiguration.read(keys);
    }

    @Test
    void keysOfTheGateway() throws IOException {
        var gateway =
                SettingsFile.read(file(REGION + """
                        gateway-outstanding: 1
                        gateway-idle-connections: 2
                        gateway-idle: 3s
                        gateway-answer-headers: 4KiB
                        gateway-attempts: 5
                        gateway-replay-bytes: 6KiB
                        gateway-retry-percent: 7
                        gateway-retries-per-second: 8
                        gateway-ejection-failures: 9
                        gateway-ejection: 10ms
                        gateway-longest-ejection: 11m
                        gateway-most-ejected-percent: 12
                        gateway-slow-start: 0s
                        gateway-regions: 14
                        """), RegionConfiguration::read).gateway();

        assertThat(gateway)
                .isEqualTo(new GatewaySettings(
                        1,
                        2,
                        Duration.ofSeconds(3),
                        4 << 10,
                        5,
                        6 << 10,
                        0.07,
                        8,
                        9,
                        Duration.ofMillis(10),
                        Duration.ofMinutes(11),
                        0.12,
                        Duration.ZERO,
                        14));
        assertThat(bad(REGION + """
                        gateway-attempts: 0
                        gateway-replay-bytes: 1GiB
                        gateway-most-ejected-percent: 101
                        gateway-ejection: 0s
                        gateway-retries: 3
                        """).faults())
                .satisfiesOnlyOnce(fault -> assertThat(fault).contains("line 6", "gateway-attempts", "1 to 10"))
                .satisfiesOnlyOnce(fault -> assertThat(fault).contains("line 7", "gateway-replay-bytes"))
                .satisfiesOnlyOnce(fault -> assertThat(fault).contains("line 8", "gateway-most-ejected-percent"))
                .satisfiesOnlyOnce(fault -> assertThat(fault).contains("line 9", "gateway-ejection"))
                .satisfiesOnlyOnce(fault -> assertThat(fault).contains("gateway-retries", "unknown"))
                .hasSize(5);
    }

    @Test
    void defaultsOfADirector() throws IOException {
        var settings = SettingsFile.read(file("""
                        node: director
                        environment: prod
                        control: http://127.0.0.1:7070
                        join-token: file:join-token
                        """), DirectorConfiguration::read);

        assertThat(settings.dns()).isEqualTo(DnsSettings.of(new InetSocketAddress("127.0.0.1", 7053)));
        assertThat(settings.http().getPort()).isEqualTo(7054);
        assertThat(settings.probes().interval()).isEqualTo(Duration.ofSeconds(10));
        assertThat(settings.replica().region()).hasToString("director");
    }

    @Test
    void keysOfDns() throws IOException {
        var dns = SettingsFile.read(file("""
                        node: director
                        environment: prod
                        control: http://127.0.0.1:7070
                        join-token: file:join-token
                        dns-listen: 127.0.0.1:53, [::1]:53
                        dns-threads: 4
                        dns-engine: channel
                        dns-tcp-connections: 10
                        dns-tcp-connections-per-client: 2
                        dns-tcp-idle: 3s
                        dns-rate-limit: off
                        dns-rate-answers: 11
                        dns-rate-no-data: 12
                        dns-rate-no-name: 13
                        dns-rate-errors: 14
                        dns-rate-all: 15
                        dns-rate-slip: 3
                        dns-rate-v4-prefix: 20
                        dns-rate-v6-prefix: 48
                        dns-rate-exempt: [10.0.0.0/8]
                        dns-cookie-secrets: cookies
                        query-log: queries.log
                        query-log-bytes: 1MiB
                        """), DirectorConfiguration::read).dns();

        assertThat(dns)
                .isEqualTo(new DnsSettings(
                        List.of(new InetSocketAddress("127.0.0.1", 53), new InetSocketAddress("::1", 53)),
                        4,
                        DnsSettings.Engine.CHANNEL,
                        new DnsLimits(10, 2, Duration.ofSeconds(3)),
                        new RateLimits(false, 11, 12, 13, 14, 15, 3, 20, 48, List.of(IpPrefix.parse("10.0.0.0/8"))),
                        folder.resolve("cookies").toString(),
                        folder.resolve("queries.log").toString(),
                        1L << 20));
    }

    @Test
    void faultsOfDnsAreNamedWithTheirLines() {
        var fault = catchThrowableOfType(
                SettingsFile.BadSettings.class, () -> SettingsFile.read(file("""
                        node: director
                        environment: prod
                        control: http://127.0.0.1:7070
                        join-token: file:join-token
                        dns-listen: nowhere
                        dns-engine: warp
                        dns-rate-limit: maybe
                        """), DirectorConfiguration::read));

        assertThat(fault).hasMessageContaining("dns-listen").hasMessageContaining("dns-engine");
        assertThat(fault).hasMessageContaining("maybe (expected: on or off)");
    }

    @Test
    void recordsOfAZoneAreReadAndChecked() throws IOException {
        var records = """
                    records:
                      - name: WWW
                        type: cname
                        value: hello.ext.example
                      - name: "@"
                        type: TXT
                        value: '"v=spf1 -all"'
                        ttl: 1h
                """;
        var read = SettingsFile.read(file(CONTROL + records), ControlConfiguration::read);

        assertThat(read.environments().getFirst().records())
                .containsExactly(
                        new DnsRecord("www", "CNAME", "hello.ext.example", 300),
                        new DnsRecord("@", "TXT", "\"v=spf1 -all\"", 3600));
        var fault = catchThrowableOfType(
                SettingsFile.BadSettings.class,
                () -> SettingsFile.read(file(CONTROL + records.replace("cname", "mx")), ControlConfiguration::read));
        assertThat(fault).hasMessageContaining("record www: type: MX");
    }

    private static final String CONTROL = """
            environments:
              - name: prod
                zone: ext.example
                regions:
                  - name: westus
                    latitude: 37.7
                    longitude: -122.4
                join-tokens:
                  - token: file:join-token
                    kind: region
                    region: westus
            """;

    @Test
    void aDatabaseThatSeveralControlPlanesShare() throws IOException {
        var settings = SettingsFile.read(file(CONTROL + """
                        database: jdbc:postgresql://db1,db2/portolan?targetServerType=primary
                        database-user: deploy
                        database-password: file:join-token
                        lease-renew: 1s
                        lease-ttl: 5s
                        signing-key: shared/revision.key
                        """), ControlConfiguration::read);

        assertThat(settings.database()).isInstanceOfSatisfying(StateDatabase.Shared.class, shared -> {
            assertThat(shared.postgres())
                    .isEqualTo(PostgresSettings.of(
                            "jdbc:postgresql://db1,db2/portolan?targetServerType=primary", "deploy", "secret"));
            assertThat(shared.leaseRenew()).isEqualTo(Duration.ofSeconds(1));
            assertThat(shared.leaseTtl()).isEqualTo(Duration.ofSeconds(5));
        });
        assertThat(settings.signingKey()).isEqualTo(folder.resolve("shared/revision.key"));
    }

    @Test
    void refusesADatabaseThatItCannotUse() throws IOException {
        for (var url : List.of("jdbc:mysql://db/portolan", "jdbc:postgresql://db/portolan?password=hunter2")) {
            var file = file(CONTROL + "database: " + url + "\n");

            assertThat(catchThrowableOfType(
                            SettingsFile.BadSettings.class, () -> SettingsFile.read(file, ControlConfiguration::read)))
                    .hasMessageContaining("line 12: database: ")
                    .hasMessageNotContaining("hunter2");
        }
    }

    @Test
    void defaultsOfAControlPlane() throws IOException {
        var settings = SettingsFile.read(file(CONTROL), ControlConfiguration::read);

        var environment = settings.environments().getFirst();
        assertThat(settings.listenPort()).isEqualTo(7070);
        assertThat(settings.storeFolder()).isEqualTo(folder.resolve("store"));
        assertThat(settings.defaultBake()).isEqualTo(Duration.ofMinutes(30));
        assertThat(settings.database()).isEqualTo(new StateDatabase.Embedded());
        assertThat(settings.signingKey()).isEqualTo(folder.resolve("keys/revision.key"));
        assertThat(settings.browser()).isEqualTo(new BrowserSettings(BrowserSettings.AUTO, List.of()));
        assertThat(environment.minimumBake()).isEqualTo(Duration.ofMinutes(30));
        assertThat(environment.stages()).isEqualTo(StageDefinition.standard());
        assertThat(environment.regions().getFirst().displayName()).isEqualTo("westus");
        assertThat(environment.joinTokens().getFirst().token()).isEqualTo("secret");
    }

    @Test
    void theBrowserOfAControlPlaneIsOffAutoOrAPath() throws IOException {
        assertThat(SettingsFile.read(file(CONTROL + "browser: off\n"), ControlConfiguration::read)
                        .browser())
                .isEqualTo(BrowserSettings.OFF);
        assertThat(SettingsFile.read(
                                file(CONTROL + "browser: /opt/chrome\nbrowser-arguments: [--no-sandbox]\n"),
                                ControlConfiguration::read)
                        .browser())
                .isEqualTo(new BrowserSettings("/opt/chrome", List.of("--no-sandbox")));
        var file = file(CONTROL + "browser: on\n");
        assertThat(catchThrowableOfType(
                        SettingsFile.BadSettings.class, () -> SettingsFile.read(file, ControlConfiguration::read)))
                .hasMessageContaining("browser: on (expected: auto, off, or the path of a Chromium");
    }

    @Test
    void namesEveryFaultWithItsLine() throws IOException {
        var faults = bad(REGION.replace("region: westus\n", "") + """
                        memory: 64MB
                        idle-timeout: soon
                        listen: nowhere
                        fetch-paralellism: 3
                        """).faults();

        assertThat(faults).hasSize(5);
        assertThat(faults.get(0)).contains("region: is missing");
        assertThat(faults).anySatisfy(fault -> assertThat(fault).startsWith("line 5: memory: 64MB (expected"));
        assertThat(faults).anySatisfy(fault -> assertThat(fault).startsWith("line 6: idle-timeout: soon"));
        assertThat(faults).anySatisfy(fault -> assertThat(fault).startsWith("line 7: listen: nowhere"));
        assertThat(faults).anySatisfy(fault -> assertThat(fault)
                .startsWith("line 8: fetch-paralellism: unknown key")
                .contains("fetch-parallelism"));
    }

    @Test
    void unknownKeysInsideListsAreNamed() throws IOException {
        var file = file("""
                environments:
                  - name: prod
                    zone: ext.example
                    regions: [{name: westus, latitude: 1, longitude: 2, colour: red}]
                    join-tokens: [{token: "file:join-token", kind: region, region: westus}]
                """);

        var failure = catchThrowableOfType(
                SettingsFile.BadSettings.class, () -> SettingsFile.read(file, ControlConfiguration::read));

        assertThat(failure.faults())
                .singleElement()
                .asString()
                .contains("environments[0].regions[0].colour: unknown key");
    }

    /** The running control plane keeps what it read before; SafeDeploymentTest has the names that a plan gets wrong. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[{name: a, regions: [westus]}, {name: b, regions: [westeurope]}] | stage b is the last and does not end with \"*\"",
                "[{name: a, regions: ['*']}, {name: b, regions: [westus]}] | stage a: \"*\" may stand in the last stage only",
                "[{name: a, regions: ['*']}, {name: b, regions: ['*']}] | stage a: \"*\" may stand in the last stage only",
                "[{name: a, regions: [westus]}, {name: a, regions: ['*']}] | stage a stands twice",
                "[{name: a, regions: [westus, westus]}, {name: b, regions: ['*']}] | region westus stands in two stages",
                "[{name: a, regions: []}, {name: b, regions: ['*']}] | no regions",
                "[] | no stages"
            })
    void row_1_3_aStageDefinitionWithAFaultIsRefusedWithFileKeyAndRule(String stages, String rule) throws IOException {
        var file = file("""
                environments:
                  - name: prod
                    zone: ext.example
                    stages: %s
                    regions: [{name: westus, latitude: 1, longitude: 2}]
                    join-tokens: [{token: "file:join-token", kind: region, region: westus}]
                """.formatted(stages));

        var failure = catchThrowableOfType(
                SettingsFile.BadSettings.class, () -> SettingsFile.read(file, ControlConfiguration::read));

        assertThat(failure).hasMessageContaining(file.toString());
        assertThat(failure.faults())
                .anySatisfy(fault -> assertThat(fault).contains("stages").contains(rule));
    }

    @ParameterizedTest
    @CsvSource({"public, centraluseuap, 5", "china, chinanorth, 2", "us-government, usgovvirginia, 2"})
    void eachCloudHasItsOwnStagesWhereNoneAreGiven(String cloud, String first, int count) throws IOException {
        var stages = SettingsFile.read(file(CLOUD.formatted(cloud)), ControlConfiguration::read)
                .environments()
                .getFirst()
                .stages()
                .stages();

        assertThat(stages).hasSize(count);
        assertThat(stages.getFirst().regions()).containsExactly(first);
        assertThat(stages.getLast().isRest()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"germany", "china\n    stages: [{name: a, regions: ['*']}]"})
    void anUnknownCloudOrOneBesideStagesIsRefused(String cloud) throws IOException {
        var failure = catchThrowableOfType(
                SettingsFile.BadSettings.class,
                () -> SettingsFile.read(file(CLOUD.formatted(cloud)), ControlConfiguration::read));

        assertThat(failure.faults())
                .anySatisfy(fault -> assertThat(fault).contains("cloud: ").contains("expected: "));
    }

    private static final String CLOUD = """
            environments:
              - name: prod
                zone: ext.example
                cloud: %s
                regions: [{name: westus, latitude: 1, longitude: 2}]
                join-tokens: [{token: "file:join-token", kind: region, region: westus}]
            """;

    @Test
    void aSecretInTheFileIsRefusedAndNotShown() throws IOException {
        var failure = bad(REGION.replace("file:join-token", "hunter2"));

        assertThat(failure).hasMessageContaining("line 5: join-token").hasMessageNotContaining("hunter2");
    }

    @Test
    void brokenYamlIsNamedByLine() throws IOException {
        assertThat(bad("node: [").faults()).singleElement().asString().startsWith("line ");
        assertThat(bad("").faults()).containsExactly("the file is empty");
        assertThat(bad("just text").faults()).isNotEmpty();
    }

    @Test
    void aRecordsOwnRefusalIsAFault() throws IOException {
        assertThat(bad(REGION + "on-demand-limit: 0\n").faults())
                .singleElement()
                .asString()
                .contains("onDemandLimit: 0");
    }
}
