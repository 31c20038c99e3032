package io.portolan.region;

import io.portolan.model.ExtensionName;

/** What a node tells about itself. Thread-safe. */
interface NodeReports {
    /** Whether it is to get requests. */
    boolean isReady();

    /** Why it is not, in words; of no meaning when it is. */
    String whyNotReady();

    /** Diagnostics as JSON: of all extensions, or of the one at the route. */
    byte[] diagnostics(String routeOrEmpty);

    /** The same in the form of the reference service. */
    byte[] compatibleDiagnostics(String routeOrEmpty);

    /** What it gives to other nodes. */
    Outcome forPeer(Request request, Target.ForPeers wanted);

    /** Takes an operator's order, or lists those in force. */
    Outcome override(Request request);

    /** What it sees of other regions, as JSON. */
    byte[] observations();

    /** Where browsers go when this region does not answer them, best first, as JSON. */
    byte[] bases(ServingState state, ServedExtension extension, String alias);

    /** Gives a token for beacons of an extension, or takes one. */
    Outcome telemetry(Request request, ServingState state, ServedExtension extension);

    /** What was asked of an extension at a route, as JSON. */
    Outcome demand(ExtensionName extension, String route);

    /** What replicas of a controller wrote last, as this node keeps it. */
    Outcome controllerLog(Request request, ExtensionName extension);

    /** Metrics in the text format of Prometheus. */
    String metrics();
}
