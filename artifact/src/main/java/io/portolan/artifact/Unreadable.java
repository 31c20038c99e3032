package io.portolan.artifact;

/** Ends the reading of an archive whose structure gives no way on; what is wrong has been noted. */
final class Unreadable extends Exception {
    Unreadable() {
        super("unreadable archive");
    }
}
