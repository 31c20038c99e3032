package io.portolan.control;

/** A rule was broken in a simulation; the message begins with its number in ROLLOUT.md section 2.3, or names it. */
final class Broken extends Error {
    Broken(String what) {
        super(what);
    }
}
