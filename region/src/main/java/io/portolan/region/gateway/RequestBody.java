package io.portolan.region.gateway;

import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;

/**
 * What has come of a call's body and is not sent, and, as long as that is little, all that has come, for another attempt. On the event
 * loop of the call. It holds no more than what came with one read, as nothing more is read meanwhile, and what it remembers.
 */
final class RequestBody {
    private final int most;
    private final ArrayDeque<HttpContent> unsent = new ArrayDeque<>(2);
    private final ArrayDeque<HttpContent> remembered = new ArrayDeque<>(2);
    private long bytes;
    private boolean remembers;
    private boolean sent;
    private boolean ended;

    /** {@code whole}: there is none. {@code most}: longest that is remembered, 0 for not at all. */
    RequestBody(boolean whole, int most) {
        this.ended = whole;
        this.most = most;
        this.remembers = most > 0;
    }

    /** Whether all of it has come. */
    boolean isComplete() {
        return ended;
    }

    /** Whether it can be sent from its beginning. */
    boolean isAtHand() {
        return !sent || remembers;
    }

    /** A part has come, and is handed over. */
    void add(HttpContent part) {
        ended |= part instanceof LastHttpContent;
        bytes += part.content().readableBytes();
        if (remembers && bytes > most) {
            forget();
        }
        if (remembers) {
            remembered.add(part.retainedDuplicate());
        }
        unsent.add(part);
    }

    /** Sends the next part that has come; false where there is none. It may fail at once, and the body begin anew before this returns. */
    boolean sendNext(Leg leg) {
        var part = unsent.poll();
        if (part == null) {
            return false;
        }
        sent = true;
        leg.send(part);
        return true;
    }

    /** Begins anew; only when {@link #isAtHand}. */
    void rewind() {
        if (!sent) {
            return;
        }
        unsent.forEach(ReferenceCountUtil::release);
        unsent.clear();
        remembered.forEach(part -> unsent.add(part.retainedDuplicate()));
        sent = false;
    }

    /** No other attempt will be made. */
    void forget() {
        remembers = false;
        remembered.forEach(ReferenceCountUtil::release);
        remembered.clear();
    }

    /** Nothing of it is wanted any more. */
    void drop() {
        forget();
        unsent.forEach(ReferenceCountUtil::release);
        unsent.clear();
    }
}
