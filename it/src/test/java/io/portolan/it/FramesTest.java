package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** An extension in a frame of a portal of another site, as portals open them: faults of the CDN, and what a tenant's scripts reach. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FramesTest {
    @RegisterExtension
    private static final SharedCdn CDN = new SharedCdn();

    @TempDir
    private static Path folder;

    private FramingPortal portal;
    private final InstantSource clock = InstantSource.system();
    private final List<String> times = new ArrayList<>();

    @BeforeAll
    void start() throws Exception {
        portal = FramingPortal.start();
    }

    @AfterAll
    void stop() {
        System.out.println(
                "milliseconds until a page in a frame works: fault, first visit, later visit with nothing kept and nothing known,"
                        + " and one with nothing kept\n" + String.join("\n", times));
        portal.close();
    }

    @ParameterizedTest
    @MethodSource("io.portolan.it.CdnFault#selected")
    void row42AnyFaultInAFrameOfAnotherSiteOnAFirstAndOnALaterVisit(CdnFault fault) throws Exception {
        var address = fault.address(CDN.world().nginx());
        if (address.isPresent()) {
            CDN.world().deliver(List.of(address.get()), "ON", "GO");
        }
        CDN.world().breakCdn(fault);
        try {
            // More than one for bench/cdn.sh only.
            for (int round = Integer.getInteger("portolan.rounds", 1); round > 0; round--) {
                firstAndLater(fault);
            }
        } finally {
            if (address.isPresent()) {
                CDN.deliverAsUsual();
            }
        }
    }

    private void firstAndLater(CdnFault fault) throws Exception {
        var began = clock.instant();
        try (var visit = visit(CDN.regions().nodeUri(SharedCdn.OWN), "")) {
            FramedPages.awaitTrue(visit, ProbeExtension.STARTED);
            long first = Duration.between(began, clock.instant()).toMillis();
            FramedPages.awaitTrue(visit, FramedPages.CONTROLLED);
            visit.forgetEverything(FramedPages.framed(visit));
            CDN.world().nginx().forget();

            long later = again(visit);
            FramedPages.settled(visit, UsedFiles.FORGET);
            long after = again(visit);

            times.add("%-22s %-9s %6d %6d %6d".formatted(fault, "/framed", first, later, after));
            assertThat(FramedPages.settled(visit, "inWorker()").asString()).isEqualTo("version 1.0");
            assertThat(FramedPages.settled(visit, "lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            UsedFiles.assertRight(FramedPages.settled(visit, UsedFiles.of(ProbeExtension.ROUTE)));
            visit.assertNothingSeen();
            if (fault == CdnFault.NONE) {
                assertThat(CDN.world().nginx().requests())
                        .as("bytes come from the CDN")
                        .anySatisfy(line -> assertThat(line).contains("/CDN/probe/Content/1.0/app.js"));
            } else {
                assertThat(visit.notices()).as("a notice that names the CDN").anySatisfy(notice -> assertThat(notice)
                        .contains("/CDN failed ("));
            }
        }
    }

    /** Milliseconds until the page in the frame works once more, its portal being loaded again. */
    private long again(Visit visit) {
        var began = clock.instant();
        visit.reload();
        FramedPages.awaitTrue(visit, ProbeExtension.STARTED);
        return Duration.between(began, clock.instant()).toMillis();
    }

    @ParameterizedTest
    @EnumSource(
            value = CdnFault.class,
            names = {"HANG", "RESET_IN_MID_BODY"})
    void row42InAFrameOfAnotherSiteTheRegionDiesToo(CdnFault fault) throws Exception {
        CDN.world().breakCdn(fault);
        try (var visit = visit(CDN.regions().nodeUri(SharedCdn.OWN), "")) {
            FramedPages.awaitTrue(visit, ProbeExtension.STARTED);
            FramedPages.awaitTrue(visit, FramedPages.CONTROLLED);

            assertThat(FramedPages.settled(visit, "lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            assertThat(FramedPages.settled(visit, "inWorker()").asString()).isEqualTo("version 1.0");
            CDN.regions().stopNode(SharedCdn.OWN);
            assertThat(FramedPages.settled(visit, "lazy(2)").asString())
                    .as("CDN and region gone together")
                    .isEqualTo("chunk 2 of version 1.0");
            assertThat(FramedPages.settled(visit, "location.origin").asString())
                    .isEqualTo(CDN.regions().nodeUri(SharedCdn.OWN).toString());
            visit.assertNothingSeen();
        } finally {
            CDN.regions().startStopped();
            CDN.regions().awaitConverged(ProbeExtension.NAME);
        }
    }

    /** Experiment 45 of the reliability reference: what a tenant uploads runs in its own origin, and reaches nothing of the shell's. */
    @Test
    void experiment45ScriptsInUploadedHtmlAndSvgReachNothingOfThePortal() throws Exception {
        var script = """
                const tries = { origin: window.origin, ownCookies: document.cookie };
                const attempts = {
                  cookie: () => parent.document.cookie,
                  storage: () => parent.localStorage.getItem('shell'),
                  page: () => parent.document.body.innerHTML,
                };
                for (const name of Object.keys(attempts)) {
                  try { tries[name] = String(attempts[name]()); } catch (error) { tries[name] = error.name; }
                }
                parent.postMessage({ tries }, '*');
                """;
        var source = Files.createDirectories(folder.resolve("hostile"));
        Files.writeString(source.resolve("portolan.json"), "{\"portals\":[\"*\"]}");
        Files.writeString(
                source.resolve("index.html"), "<!doctype html><title>Hostile</title><script>" + script + "</script>");
        Files.writeString(
                source.resolve("evil.html"), "<!doctype html><title>Evil</title><script>" + script + "</script>");
        Files.writeString(
                source.resolve("evil.svg"),
                "<svg xmlns=\"http://www.w3.org/2000/svg\"><script><![CDATA[" + script + "]]></script></svg>");
        CDN.regions().rest().register("Contoso_Hostile", "hostile");
        CDN.regions().deploy("Contoso_Hostile", "1.0", source);
        var node = CDN.regions().nodeUri(SharedCdn.OWN);
        try (var visit = CDN.chromium().visit(portal.origin())) {
            visit.open("/");
            visit.value("(document.cookie = 'shell=secret', localStorage.setItem('shell', 'secret'), 1)");
            for (var path : List.of("/hostile", "/hostile/Content/1.0/evil.html", "/hostile/Content/1.0/evil.svg")) {
                visit.open(FramingPortal.path(node.resolve(path), ""));
                visit.await("told.some((each) => each.tries)");

                var tries = visit.value("told.find((each) => each.tries).tries");
                assertThat(visit.value("document.cookie").asString())
                        .as("the shell has its cookie")
                        .contains("shell=secret");
                assertThat(tries.at("/origin").asString()).as(path).isEqualTo(node.toString());
                assertThat(tries.at("/ownCookies").asString()).as(path).doesNotContain("secret");
                for (var name : List.of("cookie", "storage", "page")) {
                    assertThat(tries.at("/" + name).asString())
                            .as("%s: %s", path, name)
                            .isEqualTo("SecurityError");
                }
            }
        }
    }

    private Visit visit(URI node, String sandbox) {
        return FramedPages.opened(CDN.chromium().visit(portal.origin()), URI.create(node + SharedCdn.PROBE), sandbox);
    }
}
