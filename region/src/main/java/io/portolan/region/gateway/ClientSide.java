package io.portolan.region.gateway;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/** The client of one call, as the gateway needs it: one request of a connection, or a stream. On its event loop. */
public interface ClientSide {
    /** Why there is no answer of a replica. */
    enum Unanswered {
        /** No replica takes calls. */
        NO_REPLICA(503),
        /** None of them could be reached. */
        UNREACHABLE(503),
        /** Too many calls of the controller are in progress. */
        CROWDED(503),
        /** What a replica did was no answer. */
        BROKEN(502),
        /** No answer in time. */
        LATE(504),
        /** The rest of the call did not come in time. */
        CLIENT_LATE(408);

        private final int status;

        Unanswered(int status) {
            this.status = status;
        }

        /** What is said of an attempt that failed so, when it was the last. */
        static Unanswered of(Leg.Failure failure) {
            return switch (failure) {
                case NOT_TAKEN -> UNREACHABLE;
                case TIMEOUT -> LATE;
                case STALE, CLOSED, MALFORMED -> BROKEN;
            };
        }

        /** Status of the answer that says so. */
        public int status() {
            return status;
        }
    }

    /** Where the call lives, and its connection to a replica. */
    EventLoop loop();

    /** Whether the client takes what is written soon. */
    boolean isWritable();

    /** Sends a part of the answer, which is handed over. */
    void write(HttpObject part);

    void flush();

    /** Whether more of the call is read. */
    void reading(boolean on);

    /** Has {@link Call#late} called after that time, unless it is set anew. */
    void wake(Duration after);

    /** There is no answer, and nothing of one was sent; {@code taken}: a replica may have taken the call. The call is over. */
    void unanswered(Unanswered why, boolean taken, String detail);

    /** The rest of an answer does not come: the client is to see that. The call is over. */
    void cut(int status, long bytes);

    /** The last part was written. The call is over. */
    void ended(int status, long bytes);

    /** Sends the head that makes the connection a socket, and gives the connection up; empty, and nothing is done, where it cannot. */
    Optional<Channel> socket(HttpResponse head);

    /** The socket has ended, with so many bytes sent to the client. The call is over. */
    void socketEnded(long bytes);

    /** Longest that a stopping node waits for a socket to end. */
    Duration nodeDrain();
}
