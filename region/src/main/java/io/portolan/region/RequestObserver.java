package io.portolan.region;

/**
 * Told of every answer once, when its last byte was handed to the connection or it could not be sent. Thread-safe; called on event
 * loops, where it neither waits nor makes objects.
 */
interface RequestObserver {
    /** Where the body came from. */
    enum Cache {
        /** Memory of this node. */
        MEMORY,
        /** Its disk. */
        DISK,
        /** Another node or the store, for this request. */
        FETCHED,
        /** A controller, or the gateway to it. */
        CONTROLLER,
        /** There was no content to look for. */
        NONE
    }

    /** What the client speaks. */
    enum Protocol {
        HTTP_1_0("HTTP/1.0"),
        HTTP_1_1("HTTP/1.1"),
        HTTP_2("HTTP/2.0");

        private final String text;

        Protocol(String text) {
            this.text = text;
        }

        /** As access logs write it. */
        String text() {
            return text;
        }
    }

    /** An answer is finished; what it is told by is valid during the call only. */
    void answered(AnswerFacts answer);
}
