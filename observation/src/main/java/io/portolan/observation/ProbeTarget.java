package io.portolan.observation;

import io.portolan.model.document.Monitor;
import java.net.URI;
import java.util.List;
import java.util.Objects;

/**
 * Something that is probed. Immutable.
 *
 * @param addresses what is probed ({@code http://host:port}, {@code https://…}, {@code tcp://host:port}; path and the rest are the
 *                  monitor's); the target is up when one of them is; without any it is not probed
 * @param answer    text that the body must contain, empty text for any body
 */
public record ProbeTarget(String name, List<URI> addresses, Monitor monitor, String answer) {
    public ProbeTarget {
        Objects.requireNonNull(name, "name");
        addresses = List.copyOf(addresses);
        Objects.requireNonNull(monitor, "monitor");
        Objects.requireNonNull(answer, "answer");
    }
}
