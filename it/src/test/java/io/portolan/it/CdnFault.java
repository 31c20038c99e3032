package io.portolan.it;

import io.portolan.testkit.Fault;
import io.portolan.testkit.FaultProxy;
import java.io.IOException;

/** Ways in which a CDN fails. */
enum CdnFault {
    NONE,
    REFUSE,
    RESET_IN_MID_BODY,
    HANG,
    HANG_AFTER_HEADERS,
    STATUS_503,
    STATUS_404,
    WRONG_BYTES,
    WRONG_TYPE,
    ONE_KILOBYTE_A_SECOND;

    /** Where nobody listens. */
    static final String NOWHERE = "http://127.77.77.77:4567";

    private static final long A_HEAD_AND_A_BIT = 900;

    /** Breaks a CDN in this way; {@link #REFUSE} is broken by its address alone. */
    void apply(NginxCdn cdn, FaultProxy wire) throws IOException {
        cdn.answerWell();
        wire.set(
                switch (this) {
                    case NONE, REFUSE, STATUS_503, STATUS_404, WRONG_TYPE -> new Fault.Pass();
                    case RESET_IN_MID_BODY -> new Fault.Cut(20_000);
                    case HANG -> new Fault.Hang();
                    case HANG_AFTER_HEADERS -> new Fault.Stall(A_HEAD_AND_A_BIT);
                    case WRONG_BYTES -> new Fault.CorruptBody(100, "/CDN/");
                    case ONE_KILOBYTE_A_SECOND -> new Fault.Throttle(1024);
                });
        switch (this) {
            case STATUS_503 -> cdn.answer(NginxCdn.Wrong.STATUS_503);
            case STATUS_404 -> cdn.answer(NginxCdn.Wrong.STATUS_404);
            case WRONG_TYPE -> cdn.answer(NginxCdn.Wrong.HTML);
            case NONE, REFUSE, RESET_IN_MID_BODY, HANG, HANG_AFTER_HEADERS, WRONG_BYTES, ONE_KILOBYTE_A_SECOND -> {}
        }
    }
}
