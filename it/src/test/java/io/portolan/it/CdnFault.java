package io.portolan.it;

import io.portolan.testkit.Fault;
import io.portolan.testkit.FaultProxy;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Ways in which a CDN fails. */
enum CdnFault {
    NONE,
    REFUSE,
    UNKNOWN_HOST,
    BAD_TLS,
    RESET_IN_MID_BODY,
    HANG,
    HANG_AFTER_HEADERS,
    STATUS_503,
    STATUS_404,
    STATUS_404_WITH_CORS,
    WRONG_BYTES,
    WRONG_TYPE,
    ONE_KILOBYTE_A_SECOND;

    private static final long A_HEAD_AND_A_BIT = 900;

    /** All of them, or those that {@code portolan.faults} names, divided by commas, and none, to compare with. */
    static List<CdnFault> selected() {
        var only = System.getProperty("portolan.faults", "");
        if (only.isBlank()) {
            return List.of(values());
        }
        var named = EnumSet.of(NONE);
        for (var each : only.split(",", -1)) {
            named.add(valueOf(each.strip().toUpperCase(Locale.ROOT).replace(' ', '_')));
        }
        return List.copyOf(named);
    }

    /** Where browsers are sent for a CDN that is broken by its address alone; empty where the wire is broken. */
    Optional<String> address(NginxCdn cdn) {
        return switch (this) {
            // Nobody listens there.
            case REFUSE -> Optional.of("http://127.77.77.77:4567/CDN");
            case UNKNOWN_HOST -> Optional.of("http://cdn." + Chromium.NO_SUCH_DOMAIN + "/CDN");
            case BAD_TLS -> Optional.of(cdn.untrusted() + "/CDN");
            case NONE,
                    RESET_IN_MID_BODY,
                    HANG,
                    HANG_AFTER_HEADERS,
                    STATUS_503,
                    STATUS_404,
                    STATUS_404_WITH_CORS,
                    WRONG_BYTES,
                    WRONG_TYPE,
                    ONE_KILOBYTE_A_SECOND -> Optional.empty();
        };
    }

    /** Breaks a CDN in this way; those with an {@link #address} are broken by that alone. */
    void apply(NginxCdn cdn, FaultProxy wire) throws IOException {
        cdn.answerWell();
        wire.set(
                switch (this) {
                    case NONE,
                            REFUSE,
                            UNKNOWN_HOST,
                            BAD_TLS,
                            STATUS_503,
                            STATUS_404,
                            STATUS_404_WITH_CORS,
                            WRONG_TYPE -> new Fault.Pass();
                    case RESET_IN_MID_BODY -> new Fault.Cut(20_000);
                    case HANG -> new Fault.Hang();
                    case HANG_AFTER_HEADERS -> new Fault.Stall(A_HEAD_AND_A_BIT);
                    case WRONG_BYTES -> new Fault.CorruptBody(100, "/CDN/");
                    case ONE_KILOBYTE_A_SECOND -> new Fault.Throttle(1024);
                });
        switch (this) {
            case STATUS_503 -> cdn.answer(NginxCdn.Wrong.STATUS_503);
            case STATUS_404 -> cdn.answer(NginxCdn.Wrong.STATUS_404);
            case STATUS_404_WITH_CORS -> cdn.answer(NginxCdn.Wrong.STATUS_404_WITH_CORS);
            case WRONG_TYPE -> cdn.answer(NginxCdn.Wrong.HTML);
            case NONE,
                    REFUSE,
                    UNKNOWN_HOST,
                    BAD_TLS,
                    RESET_IN_MID_BODY,
                    HANG,
                    HANG_AFTER_HEADERS,
                    WRONG_BYTES,
                    ONE_KILOBYTE_A_SECOND -> {}
        }
    }
}
