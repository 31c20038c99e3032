package io.portolan.model.controller;

/** What starts the files of a {@link ControllerKind#PROCESS} controller. */
public enum ControllerRuntimeKind {
    /** A Java virtual machine of the node's choice; the command is its arguments, such as {@code -jar orders.jar}. */
    JVM,
    /** Node.js of the node's choice; the command is its arguments, such as {@code server.mjs}. */
    NODE,
    /** The command itself: its first word is a program among the controller's files. */
    NATIVE
}
