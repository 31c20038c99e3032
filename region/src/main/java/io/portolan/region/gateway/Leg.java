package io.portolan.region.gateway;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;

/** One attempt of a call at one replica: a connection of its own in HTTP/1.1, a stream in HTTP/2. On the event loop of the call. */
interface Leg {
    /** Whoever makes the call. */
    interface Listener {
        /** It may be written to. */
        void connected(Leg leg);

        /** It is over without an answer, or within one. */
        void failed(Failure failure, String detail);

        /** Head of the answer; 1xx ones come before. */
        void head(HttpResponse head);

        /** A part of the body, handed over. */
        void content(HttpContent part, boolean last);

        /** Nothing more is there just now. */
        void readComplete();

        /** Whether more may be written has changed. */
        void writabilityChanged();
    }

    /** How an attempt ended. */
    enum Failure {
        /** The replica took no connection, or refused the call unread: it knows nothing of it. */
        NOT_TAKEN,
        /** The connection ended before the head of an answer; it had been used before, so it may have been closed for idleness. */
        STALE,
        /** It ended before the head of an answer. */
        CLOSED,
        /** What came is no answer. */
        MALFORMED,
        /** No answer in time. */
        TIMEOUT
    }

    /** Sends the head; {@code whole} when no body follows, and then nothing else is to be sent. */
    void send(HttpRequest head, boolean whole);

    /** Sends a part of the body, which is handed over. */
    void send(HttpContent part);

    void flush();

    boolean isWritable();

    /** Whether more of the answer is read. */
    void reading(boolean on);

    /** The answer is complete and so is the call: the connection may serve another one. */
    void release();

    /** Nothing more is wanted; a connection that is not at rest is closed. */
    void abort();

    /** The same, because nothing came in time: a connection that others use too may have fallen silent. */
    default void late() {
        abort();
    }

    /** The connection, once it has become a socket. */
    Channel channel();
}
