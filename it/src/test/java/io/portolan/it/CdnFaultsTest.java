package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A CDN that fails in every way while pages load, seen from a real browser: the page works, every byte is the published one, and nothing
 * stands in the console but our own notice. Row 4.2 of the contract, experiment 41. Added times are printed, never asserted.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CdnFaultsTest {
    /** A healthy line that is no fast one. */
    private static final long TWO_MEGABYTES = 2 << 20;

    @RegisterExtension
    private static final SharedCdn CDN = new SharedCdn();

    private final InstantSource clock = InstantSource.system();
    private final List<String> times = new ArrayList<>();

    @AfterAll
    void tell() {
        System.out.println(
                "milliseconds until a page works: fault, page, first visit, later visit with nothing kept and nothing known,"
                        + " and one with nothing kept\n" + String.join("\n", times));
    }

    @ParameterizedTest
    @MethodSource("io.portolan.it.CdnFault#selected")
    void row42AnyFaultOnAFirstAndOnALaterVisit(CdnFault fault) throws Exception {
        // More than one for bench/cdn.sh only.
        firstAndLater(fault, SharedCdn.PROBE, ProbeExtension.STARTED, Integer.getInteger("portolan.rounds", 1));
    }

    @ParameterizedTest
    @EnumSource(
            value = CdnFault.class,
            names = {"NONE", "HANG", "RESET_IN_MID_BODY", "WRONG_BYTES"})
    void row42MonacoOnAFirstAndOnALaterVisit(CdnFault fault) throws Exception {
        CDN.deployed(Bundle.MONACO);
        firstAndLater(fault, "/monaco", Bundle.MONACO_WORKS, 1);
    }

    /** A bundle that is dead where its base is a CDN's, healthy or not: its workers are modules beside it. */
    @ParameterizedTest
    @EnumSource(
            value = CdnFault.class,
            names = {"NONE", "HANG"})
    void row42MonacoBuiltByViteOnAFirstAndOnALaterVisit(CdnFault fault) throws Exception {
        if (CDN.regions().rest().get("/v1/extensions/" + MonacoByVite.NAME).status() != 200) {
            CDN.regions().rest().register(MonacoByVite.NAME, MonacoByVite.ROUTE);
            CDN.regions().deploy(MonacoByVite.NAME, Bundle.MONACO.version(), MonacoByVite.built());
        }
        firstAndLater(fault, "/" + MonacoByVite.ROUTE, Bundle.MONACO_WORKS, 1);
    }

    @Test
    void row42PdfjsAndSwaggerWithACdnThatHangsAfterItsHeaders() throws Exception {
        CDN.deployed(Bundle.PDFJS);
        CDN.deployed(Bundle.SWAGGER);
        var asked = firstAndLater(CdnFault.HANG_AFTER_HEADERS, "/pdfjs", Bundle.PDFJS_WORKS, 1);
        for (var part : Bundle.PDFJS_PARTS) {
            assertThat(asked).as("what its worker asks for too").anySatisfy(url -> assertThat(url)
                    .contains("/pdfjs/Content/" + Bundle.PDFJS.version() + "/" + part));
        }
        firstAndLater(CdnFault.HANG_AFTER_HEADERS, "/swagger", Bundle.SWAGGER_WORKS, 1);
    }

    @Test
    void row42VsCodeWithACdnThatHangs() throws Exception {
        CDN.deployed(Bundle.VSCODE);
        CDN.world().breakCdn(CdnFault.HANG);
        try (var visit = CDN.visit()) {
            for (int i = 0; i < 2; i++) {
                var began = clock.instant();
                visit.open("/vscode");
                visit.await(VsCode.OPENED);
                times.add("%-22s /vscode %s visit %6d"
                        .formatted(CdnFault.HANG, i == 0 ? "first" : "later", millisSince(began)));
                visit.page().keyboard().type(VsCode.MISTAKE);
                visit.await(VsCode.FOUND);
                visit.awaitWorker();
                visit.settled(UsedFiles.FORGET);
            }
            UsedFiles.assertRight(visit, "vscode");
            assertThat(visit.notices()).anySatisfy(notice -> assertThat(notice).contains("/CDN failed ("));
            visit.assertNothingSeenBut(VsCode.OWN_WORDS);
        }
    }

    @Test
    void row42ADeepLinkIsOpenedWithADeadCdn() throws Exception {
        CDN.deployed(Bundle.SWAGGER);
        CDN.world().breakCdn(CdnFault.HANG);
        var shown = "document.querySelector('#operations-pet-getPet .opblock-body') !== null";
        try (var visit = CDN.visit()) {
            visit.open("/swagger#/pet/getPet");
            visit.await(shown);
            visit.awaitWorker();
            visit.settled(UsedFiles.FORGET);

            visit.reload();
            visit.await(shown);
            assertThat(visit.address()).isEqualTo("/swagger#/pet/getPet");
            UsedFiles.assertRight(visit, "swagger");
            visit.assertNothingSeen();
        }
    }

    /** What counts is progress, and not how long a whole file takes. */
    @Test
    void row42ACdnOfTwoMegabytesASecondIsNotLeft() throws Exception {
        CDN.deployed(Bundle.MONACO);
        var cache = CDN.world().nginx().cache();
        CDN.world().warm(cache, Bundle.MONACO.route(), Bundle.MONACO.version());
        CDN.world().slowCdn(TWO_MEGABYTES);
        int stalls;
        int tries = 0;
        // Anything may be without progress for a moment on a starved machine: one session of three has to be without.
        do {
            try (var visit = CDN.visit()) {
                visit.open("/monaco");
                visit.await(Bundle.MONACO_WORKS);
                visit.awaitWorker();
                visit.forgetEverything();
                int before = visit.notices().size();
                CDN.world().nginx().forget();
                long sent = CDN.world().sent(Bundle.MONACO.extension());

                visit.reload();
                visit.await(Bundle.MONACO_WORKS);

                assertThat(visit.failures()).isEmpty();
                stalls = visit.notices().size() - before;
                if (stalls == 0) {
                    long fromCdn = CdnWorld.bytes(CDN.world().nginx().requests(), "monaco");
                    long fromRegions = CDN.world().sent(Bundle.MONACO.extension()) - sent;
                    System.out.printf(
                            "monaco from a CDN of 2 MiB/s: %d bytes from it, %d from regions%n", fromCdn, fromRegions);
                    assertThat(fromCdn).isGreaterThan(1_000_000);
                    assertThat(fromRegions).as("page and manifest").isLessThan(fromCdn / 10);
                    UsedFiles.assertRight(visit, "monaco");
                }
                visit.assertNothingSeen();
            }
        } while (stalls > 0 && ++tries < 3);
        assertThat(stalls).as("sources left as slow, in each of three sessions").isZero();
    }

    /** Answers what pages and their workers asked for on the last round's visits. */
    private List<String> firstAndLater(CdnFault fault, String path, String works, int rounds) throws Exception {
        var address = fault.address(CDN.world().nginx());
        if (address.isPresent()) {
            CDN.world().deliver(List.of(address.get()), "ON", "GO");
        }
        CDN.world().breakCdn(fault);
        try {
            List<String> asked = List.of();
            for (int round = 0; round < rounds; round++) {
                asked = round(fault, path, works);
            }
            return asked;
        } finally {
            if (address.isPresent()) {
                CDN.deliverAsUsual();
            }
        }
    }

    private List<String> round(CdnFault fault, String path, String works) throws Exception {
        try (var visit = CDN.visit()) {
            var began = clock.instant();
            visit.open(path);
            visit.await(works);
            long first = millisSince(began);
            visit.awaitWorker();
            visit.forgetEverything();
            CDN.world().nginx().forget();

            began = clock.instant();
            visit.reload();
            visit.await(works);
            long later = millisSince(began);

            visit.settled(UsedFiles.FORGET);
            began = clock.instant();
            visit.reload();
            visit.await(works);
            long after = millisSince(began);

            times.add("%-22s %-9s %6d %6d %6d".formatted(fault, path, first, later, after));
            UsedFiles.assertRight(visit, path.substring(1));
            visit.assertNothingSeen();
            if (fault == CdnFault.NONE) {
                assertThat(visit.failures()).isEmpty();
                assertThat(CDN.world().nginx().requests())
                        .as("bytes come from the CDN")
                        .isNotEmpty();
            } else {
                assertThat(visit.notices()).as("a notice that names the CDN").anySatisfy(notice -> assertThat(notice)
                        .contains("/CDN failed ("));
                assertThat(visit.failures()).as("nothing else failed").allSatisfy(notice -> assertThat(notice)
                        .contains("/CDN failed ("));
            }
            return visit.requests();
        }
    }

    private long millisSince(Instant began) {
        return Duration.between(began, clock.instant()).toMillis();
    }
}
