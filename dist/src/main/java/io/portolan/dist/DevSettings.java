package io.portolan.dist;

import io.portolan.model.RegionName;
import io.portolan.model.StageDefinition;
import io.portolan.planner.bringup.BringUpPlan;
import io.portolan.planner.cdn.BreakerPlan;
import io.portolan.protocol.Signer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/**
 * Writes the settings file of each component of a development world into the component's own folder, and its join token beside
 * it, and a key with which overrides may be signed. Tokens and key are made once and kept. One thread at a time.
 */
final class DevSettings {
    private static final int TOKEN_BYTES = 32;
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(YAMLWriteFeature.MINIMIZE_QUOTES)
            .disable(YAMLWriteFeature.WRITE_DOC_START_MARKER)
            .build();

    private final DevPlan plan;
    private final RegionCatalogue catalogue;

    DevSettings(DevPlan plan, RegionCatalogue catalogue) {
        this.plan = plan;
        this.catalogue = catalogue;
    }

    /** Writes all files below the data folder. */
    void write() throws IOException {
        for (var component : plan.components()) {
            Files.createDirectories(plan.folder(component));
            // The control plane made the token of a region that was added, and knows no other.
            if (!component.equals(DevPlan.CONTROL) && !plan.isAdded(component)) {
                var token = token(component);
                replace(plan.folder(component).resolve("join-token"), token + "\n", true);
            }
        }
        operatorKey();
        for (var component : plan.components()) {
            replace(plan.settings(component), text(component), false);
        }
    }

    /** Key pair of this machine's operator, made at the first start. */
    private void operatorKey() throws IOException {
        var file = operatorKeyFile();
        if (!Files.exists(file)) {
            Files.createDirectories(plan.folder(DevPlan.CONTROL).resolve("keys"));
            replace(file, Signer.generate().encoded() + "\n", true);
        }
    }

    private Path operatorKeyFile() {
        return plan.folder(DevPlan.CONTROL).resolve("keys").resolve("operator.key");
    }

    private List<String> operatorKeys() {
        try {
            return Files.exists(operatorKeyFile())
                    ? List.of(Signer.decode(Files.readString(operatorKeyFile())).publicKeyText())
                    : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Settings file of one component. */
    String text(String component) {
        var settings =
                switch (component) {
                    case DevPlan.CONTROL -> control();
                    case DevPlan.DIRECTOR -> director();
                    default -> region(component);
                };
        return "# Written by portolan dev at each start; keys: docs of `portolan serve`.\n"
                + YAML.writeValueAsString(settings);
    }

    private Map<String, Object> control() {
        var regions = new ArrayList<Map<String, Object>>();
        var tokens = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < plan.options().regions().size(); i++) {
            var name = plan.options().regions().get(i);
            var facts = catalogue
                    .find(name)
                    .orElseThrow(() -> new IllegalArgumentException("region " + name + " is not in the list"));
            var listen = plan.node(i);
            var region = new LinkedHashMap<String, Object>();
            region.put("name", name.value());
            region.put("display-name", facts.displayName());
            region.put("latitude", facts.location().latitude());
            region.put("longitude", facts.location().longitude());
            region.put("pairs", facts.pairs().stream().map(Object::toString).toList());
            region.put("addresses", List.of(listen.host()));
            region.put("probe-urls", List.of("http://" + listen));
            regions.add(region);
            tokens.add(joinToken(DevPlan.node(name), "region", name.value()));
        }
        tokens.add(joinToken(DevPlan.DIRECTOR, "director", "director"));
        var environment = new LinkedHashMap<String, Object>();
        environment.put("name", DevPlan.ENVIRONMENT);
        environment.put("zone", DevPlan.ZONE);
        environment.put("portal-hosts", List.of(DevPlan.PORTAL_HOST));
        environment.put("minimum-bake", "0s");
        environment.put(
                "frame-ancestors",
                List.of(
                        plan.controlUrl(),
                        "http://localhost:" + plan.control().port(),
                        "http://" + plan.portal(),
                        "http://localhost:" + plan.portal().port()));
        environment.put("name-servers", List.of("ns1." + DevPlan.ZONE));
        environment.put(
                "stages",
                StageDefinition.standard().stages().stream()
                        .map(stage -> {
                            var map = new LinkedHashMap<String, Object>();
                            map.put("name", stage.name());
                            map.put("regions", stage.regions());
                            return map;
                        })
                        .toList());
        environment.put("regions", regions);
        environment.put("join-tokens", tokens);
        environment.put("operator-keys", operatorKeys());
        environment.put("bring-up", List.of(bringUp(plan.options().bringUpTimeout())));
        environment.put("breaker", List.of(breaker()));
        var settings = new LinkedHashMap<String, Object>();
        settings.put("listen", plan.control().toString());
        settings.put("data-folder", ".");
        settings.put("store-folder", "../store/sha256");
        settings.put("default-bake", "2s");
        if ("root".equals(System.getProperty("user.name"))) {
            // Whose Chromium has no sandbox; what is published here is this machine's developer's.
            settings.put("browser-arguments", List.of("--no-sandbox"));
        }
        settings.put("environments", List.of(environment));
        return settings;
    }

    /** A new region gets its users within seconds here. */
    private static Map<String, Object> bringUp(Duration timeout) {
        var quick = BringUpPlan.DEVELOPMENT;
        var plan = new LinkedHashMap<String, Object>();
        plan.put("dark", quick.dark().toSeconds() + "s");
        plan.put("vantage-points", quick.vantagePoints());
        plan.put("canary", quick.canary().toSeconds() + "s");
        plan.put("soak", quick.soak().toSeconds() + "s");
        plan.put("drain", quick.drain().toSeconds() + "s");
        plan.put("leave-dark", quick.leaveDark().toSeconds() + "s");
        plan.put("timeout", timeout.toMillis() + "ms");
        plan.put("weekdays-only", "false");
        return plan;
    }

    /** A dead CDN is away within seconds here, and back within seconds. */
    private static Map<String, Object> breaker() {
        var quick = BreakerPlan.DEVELOPMENT;
        var plan = new LinkedHashMap<String, Object>();
        plan.put("probe-every", quick.probeEvery().toSeconds() + "s");
        plan.put("least-fallbacks", quick.leastFallbacks());
        plan.put("hold", quick.hold().toSeconds() + "s");
        plan.put("step", quick.step().toSeconds() + "s");
        plan.put("warming", quick.warming().toSeconds() + "s");
        return plan;
    }

    /** Writes what a node needs that an added region's token lets in. */
    void writeAdded(RegionName region, String token) throws IOException {
        var component = DevPlan.node(region);
        Files.createDirectories(plan.folder(component));
        replace(plan.folder(component).resolve("join-token"), token + "\n", true);
        replace(plan.settings(component), text(component), false);
    }

    private Map<String, Object> joinToken(String component, String kind, String region) {
        var token = new LinkedHashMap<String, Object>();
        token.put("token", "file:tokens/" + component);
        token.put("kind", kind);
        token.put("region", region);
        return token;
    }

    private Map<String, Object> region(String component) {
        int index = plan.index(component);
        var listen = plan.node(index);
        var settings = replica(component);
        settings.put("region", plan.regions().get(index).value());
        settings.put("listen", listen.toString());
        settings.put("https-port", plan.https(index));
        settings.put("certificate-names", List.of("*." + DevPlan.ZONE));
        settings.put("url", "http://" + listen);
        // This machine's developer decides what is published here, and so may run it.
        settings.put("controllers-allow", List.of("*"));
        settings.put(
                "controllers-java", ProcessHandle.current().info().command().orElse("java"));
        settings.put(
                "controllers-secrets",
                plan.folder(DevPlan.CONTROL)
                        .resolveSibling("secrets")
                        .toAbsolutePath()
                        .toString());
        // With the control plane and the store gone, a node that lost its disk gets everything from the others.
        settings.put("peers", peers(index));
        return settings;
    }

    private List<String> peers(int without) {
        return IntStream.range(0, plan.regions().size())
                .filter(index -> index != without)
                .mapToObj(index -> "http://" + plan.node(index))
                .toList();
    }

    private Map<String, Object> director() {
        var settings = replica(DevPlan.DIRECTOR);
        settings.put("dns-listen", plan.dns().toString());
        settings.put("http-listen", plan.directorHttp().toString());
        settings.put("url", "http://" + plan.directorHttp());
        settings.put("probe-every", "1s");
        var locations = plan.folder(DevPlan.CONTROL).resolveSibling("locations.csv");
        if (Files.exists(locations)) {
            // A developer's own places for loopback clients: the bundled demonstration knows none.
            settings.put("locations", locations.toAbsolutePath().toString());
        }
        return settings;
    }

    private Map<String, Object> replica(String component) {
        var settings = new LinkedHashMap<String, Object>();
        settings.put("node", component);
        settings.put("environment", DevPlan.ENVIRONMENT);
        settings.put("control", plan.controlUrl());
        settings.put("join-token", "file:join-token");
        settings.put("data-folder", ".");
        return settings;
    }

    /** The component's join token, made at the first start; kept by the control plane, which has to know it. */
    private String token(String component) throws IOException {
        var file = plan.folder(DevPlan.CONTROL).resolve("tokens").resolve(component);
        if (Files.exists(file)) {
            return Files.readString(file).strip();
        }
        Files.createDirectories(plan.folder(DevPlan.CONTROL).resolve("tokens"));
        var bytes = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(bytes);
        var token = HexFormat.of().formatHex(bytes);
        replace(file, token + "\n", true);
        return token;
    }

    /** Puts the text in place of the file if it differs; a secret is readable by its owner only. */
    private static void replace(Path file, String text, boolean secret) throws IOException {
        if (Files.exists(file) && Files.readString(file).equals(text)) {
            return;
        }
        var next = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(next);
        if (secret && file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createFile(next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        try (var out = java.nio.channels.FileChannel.open(
                next, java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.WRITE)) {
            var bytes = java.nio.ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
