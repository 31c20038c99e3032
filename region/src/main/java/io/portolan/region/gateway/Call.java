package io.portolan.region.gateway;

import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import io.portolan.region.gateway.ClientSide.Unanswered;
import io.portolan.region.gateway.UpstreamMetrics.Event;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One call on its way to a replica and back. On the event loop of its client, where its connection to the replica lives too, so that
 * each side waits for the other by not reading, and nothing is held but what came with one read.
 *
 * <p>Attempts: (A) a replica that did not take the call is followed by another one, whatever the call. (B) A replica that took it and
 * gave no head of an answer is followed by another one only if the call may be made twice and all of its body is still at hand. (C) An
 * idle connection that turns out to be closed is followed by a new one, under the rule of B. Once the client has a byte of an answer
 * there is no other attempt. (D) When no replica here took the call, other nodes are asked for the same version, but never for a call
 * that came from one. A node that was asked and whose replica took the call counts as a replica under B.
 */
public final class Call implements Leg.Listener {
    private static final int MOST_INTERIM = 32;
    private static final int CLIENT_CLOSED = 499;
    /** Longest that a client may leave an answer unread. */
    private static final Duration UNREAD = Duration.ofSeconds(60);

    /** What is waited for. */
    private enum Phase {
        CONNECTION,
        REST_OF_CALL,
        ANSWER,
        REST_OF_ANSWER,
        SOCKET,
        NOTHING
    }

    private final Gateway gateway;
    private final UpstreamState state;
    private final CallTarget target;
    private final ClientSide client;
    private final CallHead head;
    private final boolean repeatable;
    private final RequestBody body;
    private final long begunNanos;
    private final Attempts attempts;
    private final CallTime time;
    private Phase phase = Phase.CONNECTION;
    private @Nullable Endpoint endpoint;
    private @Nullable Leg leg;
    private boolean callPaused;
    private boolean answerPaused;
    private boolean unknownThere;
    /** Whether a replica may have done what was asked, in whatever attempt. */
    private boolean taken;

    private int interim;
    private int status;
    private long bytes;

    Call(Gateway gateway, UpstreamState state, CallTarget target, ClientSide client, HttpRequest head) {
        this.gateway = gateway;
        this.state = state;
        this.target = target;
        this.client = client;
        this.head = new CallHead(head);
        this.begunNanos = client.loop().ticker().nanoTime();
        this.repeatable = this.head.isRepeatable(target);
        this.body = new RequestBody(
                this.head.isWhole(), mayBeSentAgain() ? gateway.settings().replayBytes() : 0);
        this.attempts = new Attempts(gateway, state, target);
        var own = target.upstream().limits().response();
        this.time =
                new CallTime(own, this.head.deadline(own), gateway.settings().attempts());
    }

    /** Whether what was sent of a call may have to be sent once more: a replica that speaks HTTP/2 may say that it has not looked at it. */
    private boolean mayBeSentAgain() {
        return repeatable || target.upstream().isHttp2();
    }

    /** Begins; the client may be told that it is over before this returns. */
    void begin() {
        if (state.outstanding.incrementAndGet() > gateway.settings().outstanding()) {
            state.metrics.count(Event.SHED);
            unanswered(Unanswered.CROWDED, "too many calls are in progress");
            return;
        }
        state.retries.called();
        head.forward(target);
        if (!head.isWhole()) {
            pauseCall();
        }
        attempt();
    }

    private void attempt() {
        var next = attempts.next(now());
        if (next == null) {
            exhausted(attempts.isNoneTried() ? Unanswered.NO_REPLICA : Unanswered.UNREACHABLE, "");
        } else {
            attemptAt(next);
        }
    }

    private void attemptAt(Endpoint next) {
        phase = Phase.CONNECTION;
        attempts.begun();
        endpoint = next;
        next.outstanding.incrementAndGet();
        gateway.pool(client.loop()).begin(next, target.upstream().limits().connect(), attempts.isRenewed(), this);
    }

    @Override
    public void connected(Leg connected) {
        if (phase != Phase.CONNECTION || endpoint == null) {
            connected.abort();
            return;
        }
        leg = connected;
        connected.send(
                head.addressed(target, endpoint.backend, attempts.isElsewhere(), allowance(now())), head.isWhole());
        sendBody(connected);
        if (leg == connected) {
            connected.flush();
        }
        if (leg != connected) {
            // It failed while it was written to, and what follows has begun already.
            return;
        }
        waitForAnswerOrRest();
        if (connected.isWritable()) {
            resumeCall();
        }
    }

    /** Sends what has come of the body, as long as the attempt goes on: what is written may fail at once. */
    private void sendBody(Leg to) {
        boolean more = true;
        while (more && leg == to) {
            more = body.sendNext(to);
        }
    }

    /** How long this attempt may take. */
    private Duration allowance(long now) {
        return time.ofAttempt(repeatable && attempts.mayFollow(), now);
    }

    private void waitForAnswerOrRest() {
        if (!body.isComplete()) {
            phase = Phase.REST_OF_CALL;
            client.wake(target.upstream().limits().idle());
            return;
        }
        phase = Phase.ANSWER;
        long now = now();
        time.run(now);
        client.wake(time.waiting(allowance(now)));
    }

    /** A part of the call's body has come, and is handed over. */
    public void content(HttpContent part) {
        if (phase == Phase.NOTHING || body.isComplete()) {
            ReferenceCountUtil.release(part);
            return;
        }
        body.add(part);
        var sending = leg;
        if (sending != null) {
            sendBody(sending);
            if (leg == sending && phase == Phase.REST_OF_CALL) {
                waitForAnswerOrRest();
            }
        }
        if (phase == Phase.NOTHING || leg != sending) {
            // Failed while it was written to: whatever came of that has said whether more of the call is read.
            return;
        }
        if (body.isComplete()) {
            resumeCall();
        } else if (sending == null || !sending.isWritable()) {
            pauseCall();
        }
    }

    /** Nothing more of the call is there just now. */
    public void callReadComplete() {
        if (leg != null && phase != Phase.NOTHING) {
            leg.flush();
        }
    }

    @Override
    public void writabilityChanged() {
        if (leg != null && leg.isWritable()) {
            resumeCall();
        }
    }

    private void pauseCall() {
        if (!callPaused) {
            callPaused = true;
            client.reading(false);
        }
    }

    private void resumeCall() {
        if (callPaused) {
            callPaused = false;
            client.reading(true);
        }
    }

    @Override
    public void head(HttpResponse answer) {
        var wrong = ResponseRules.fault(answer, head.isSocket());
        if (wrong.isPresent() || ++interim > MOST_INTERIM) {
            failLeg(
                    Leg.Failure.MALFORMED,
                    "its answer: " + wrong.orElse("more than " + MOST_INTERIM + " interim ones"));
            return;
        }
        int code = answer.status().code();
        if (code == 101) {
            becomeSocket(answer);
        } else if (answer.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
            interim(answer);
        } else if (attempts.isElsewhere() && isRefused(answer)) {
            unknownThere = true;
            failLeg(Leg.Failure.NOT_TAKEN, "the node there has no replica either");
        } else if (attempts.isElsewhere()
                && isUnanswered(answer)
                && attempts.isAnotherLeft()
                && mayTryAgain(Leg.Failure.CLOSED)) {
            failLeg(Leg.Failure.CLOSED, "the node there had no answer of its replica");
        } else {
            answer(answer, code);
        }
    }

    /** Whether a node says that no replica took the call. Nodes of the version before say so of calls too that one took. */
    private static boolean isRefused(HttpResponse answer) {
        int code = answer.status().code();
        return answer.headers().contains(Gateway.REFUSED) && code != 408 && code != 502 && code != 504;
    }

    /** Whether a node says that a replica took the call and gave no answer. */
    private static boolean isUnanswered(HttpResponse answer) {
        int code = answer.status().code();
        return answer.headers().contains(Gateway.UNANSWERED)
                || (answer.headers().contains(Gateway.REFUSED) && (code == 502 || code == 504));
    }

    private void interim(HttpResponse answer) {
        if (!head.isOld()) {
            client.write(ResponseRules.interim(answer));
            client.flush();
        }
    }

    private void answer(HttpResponse answer, int code) {
        status = code;
        phase = Phase.REST_OF_ANSWER;
        body.forget();
        judged(code == 502 || code == 503 || code == 504);
        if (attempts.isElsewhere()) {
            gateway.answeredElsewhere(target.upstream().key().extension());
        }
        ResponseRules.clean(answer, head.method());
        answer.setProtocolVersion(HttpVersion.HTTP_1_1);
        client.write(answer);
        client.wake(target.upstream().limits().idle());
    }

    private void judged(boolean failure) {
        var at = endpoint;
        if (at == null || attempts.isElsewhere()) {
            return;
        }
        if (!failure) {
            state.balancer.succeeded(at);
        } else if (state.balancer.failed(at, now())) {
            state.metrics.count(Event.EJECTIONS);
        }
    }

    @Override
    public void content(HttpContent part, boolean last) {
        if (phase != Phase.REST_OF_ANSWER) {
            ReferenceCountUtil.release(part);
            return;
        }
        bytes += part.content().readableBytes();
        client.write(part);
        if (last) {
            finish();
        } else if (!client.isWritable()) {
            pauseAnswer();
        } else {
            client.wake(target.upstream().limits().idle());
        }
    }

    private void pauseAnswer() {
        if (!answerPaused && leg != null) {
            answerPaused = true;
            leg.reading(false);
            // Before the flush, which may make room at once, and even end the call.
            client.wake(Deadlines.least(UNREAD, target.upstream().limits().idle()));
            client.flush();
        }
    }

    /** The client may take more than before. */
    public void clientWritabilityChanged() {
        if (answerPaused && client.isWritable() && leg != null && phase == Phase.REST_OF_ANSWER) {
            answerPaused = false;
            client.wake(target.upstream().limits().idle());
            leg.reading(true);
        }
    }

    @Override
    public void readComplete() {
        client.flush();
    }

    private void finish() {
        var done = leg;
        over();
        if (done != null) {
            done.release();
        }
        ended(status);
        // The client is told before it can see it: with its last byte it may send the next call.
        client.ended(status, bytes);
        client.flush();
    }

    @Override
    public void failed(Leg.Failure failure, String detail) {
        leg = null;
        var at = endpoint;
        if (phase == Phase.NOTHING || at == null) {
            return;
        }
        taken |= failure != Leg.Failure.NOT_TAKEN;
        // A connection of HTTP/2 that takes no more calls says nothing of a new one.
        boolean stale = failure == Leg.Failure.STALE
                || (failure == Leg.Failure.NOT_TAKEN && at.backend.http2() && !attempts.isRenewed());
        if (!stale) {
            if (!time.isHurried() || failure != Leg.Failure.TIMEOUT) {
                judged(true);
            }
            if (attempts.isElsewhere() && failure == Leg.Failure.NOT_TAKEN && !unknownThere) {
                gateway.letRest(at, now());
            }
            unknownThere = false;
            attempts.failed(at);
        }
        left();
        if (phase == Phase.REST_OF_ANSWER) {
            over();
            ended(status);
            client.cut(status, bytes);
        } else if (mayTryAgain(failure)) {
            again(at, failure, stale, detail);
        } else {
            unanswered(
                    Unanswered.of(failure),
                    at + ": " + detail
                            + (repeatable || failure == Leg.Failure.NOT_TAKEN
                                    ? ""
                                    : "; it may have done what it was asked"));
        }
    }

    private boolean mayTryAgain(Leg.Failure failure) {
        boolean safe =
                switch (failure) {
                    case NOT_TAKEN -> true;
                    case STALE -> repeatable && !attempts.isRenewed();
                    case CLOSED, TIMEOUT -> repeatable;
                    case MALFORMED -> false;
                };
        return safe && body.isAtHand() && time.isLeft(now());
    }

    private void again(Endpoint at, Leg.Failure failure, boolean stale, String detail) {
        if (body.isComplete()) {
            resumeCall();
        } else {
            pauseCall();
        }
        body.rewind();
        phase = Phase.CONNECTION;
        if (stale) {
            attempts.renew();
        }
        if (stale && attempts.isElsewhere()) {
            // Nothing was wrong with that node, and there may be no other.
            attemptAt(at);
        } else if (stale || attempts.isElsewhere()) {
            attempt();
        } else if (attempts.isLast()) {
            exhausted(failure == Leg.Failure.TIMEOUT ? Unanswered.LATE : Unanswered.UNREACHABLE, detail);
        } else if (attempts.areAllTried()) {
            exhausted(Unanswered.of(failure), detail);
        } else if (attempts.areTooMany(now())) {
            unanswered(Unanswered.of(failure), detail + "; there were too many retries to try another replica");
        } else {
            attempt();
        }
    }

    /** No replica here is left. */
    private void exhausted(Unanswered why, String detail) {
        if (!head.isSocket() && attempts.goElsewhere(why, detail, now())) {
            attempt();
        } else {
            unanswered(attempts.why(why), attempts.detail(detail));
        }
    }

    /** The leg is of no more use, and still told so. */
    private void failLeg(Leg.Failure failure, String detail) {
        if (leg != null && failure == Leg.Failure.TIMEOUT) {
            leg.late();
        } else if (leg != null) {
            leg.abort();
        }
        failed(failure, detail);
    }

    private void becomeSocket(HttpResponse answer) {
        var open = leg;
        var at = endpoint;
        if (open == null || at == null) {
            return;
        }
        ResponseRules.socket(answer);
        judged(false);
        var connection = client.socket(answer);
        if (connection.isEmpty()) {
            // The client went on before it had its answer: nobody can tell what its bytes are.
            failLeg(Leg.Failure.MALFORMED, "more came from the client before the socket was open");
            return;
        }
        status = 101;
        phase = Phase.SOCKET;
        state.outstanding.decrementAndGet();
        state.sockets.incrementAndGet();
        Tunnel.join(
                connection.get(),
                open.channel(),
                new Tunnel.Terms(
                        target.upstream().limits().idle(),
                        target.upstream().limits().drain(),
                        client.nodeDrain(),
                        () -> target.now()
                                .get()
                                .filter(upstream -> upstream.ready().contains(at.backend))
                                .isPresent(),
                        () -> state.metrics.count(Event.SOCKETS_CLOSED),
                        this::socketEnded));
    }

    private void socketEnded(long sentBytes) {
        phase = Phase.NOTHING;
        state.sockets.decrementAndGet();
        left();
        state.metrics.ended(status, now() - begunNanos);
        client.socketEnded(sentBytes);
    }

    /** What was waited for did not come in time. */
    public void late() {
        switch (phase) {
            case REST_OF_CALL -> {
                boolean replica = callPaused;
                taken = true;
                if (leg != null && replica) {
                    leg.late();
                } else if (leg != null) {
                    leg.abort();
                }
                unanswered(
                        replica ? Unanswered.LATE : Unanswered.CLIENT_LATE,
                        replica ? "its replica does not take the body" : "the rest of the body did not come");
            }
            case ANSWER ->
                failLeg(Leg.Failure.TIMEOUT, "no answer in " + time.waited().toMillis() + " ms");
            case REST_OF_ANSWER -> {
                if (leg != null) {
                    leg.abort();
                }
                over();
                ended(status);
                client.cut(status, bytes);
            }
            case CONNECTION, SOCKET, NOTHING -> {}
        }
    }

    /** The client is gone, and so is whatever it had to be told. */
    public void clientGone() {
        if (phase == Phase.NOTHING || phase == Phase.SOCKET) {
            return;
        }
        if (leg != null) {
            leg.abort();
        }
        over();
        ended(CLIENT_CLOSED);
    }

    /** Status of the answer, 0 before there is one. */
    public int status() {
        return status;
    }

    /** Bytes of the answer's body. */
    public long bytes() {
        return bytes;
    }

    private void unanswered(Unanswered why, String detail) {
        over();
        ended(why.status());
        client.unanswered(why, taken, target.upstream().key() + ": " + detail);
    }

    private void ended(int with) {
        state.outstanding.decrementAndGet();
        state.metrics.ended(with, now() - begunNanos);
    }

    private void over() {
        phase = Phase.NOTHING;
        leg = null;
        left();
        body.drop();
    }

    private void left() {
        var at = endpoint;
        endpoint = null;
        if (at != null) {
            at.outstanding.decrementAndGet();
        }
    }

    private long now() {
        return client.loop().ticker().nanoTime();
    }
}
