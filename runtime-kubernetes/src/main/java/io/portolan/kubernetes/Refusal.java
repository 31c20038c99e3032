package io.portolan.kubernetes;

/** Something that a controller needs is not here, or is refused; the message is for its state. */
final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;

    Refusal(String message) {
        super(message);
    }
}
