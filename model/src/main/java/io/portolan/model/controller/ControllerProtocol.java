package io.portolan.model.controller;

/** What replicas of a controller are spoken to in. */
public enum ControllerProtocol {
    /** HTTP/1.1. */
    HTTP1,
    /** HTTP/2, known beforehand: what gRPC wants. */
    HTTP2
}
