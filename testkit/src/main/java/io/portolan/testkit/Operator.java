package io.portolan.testkit;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.Slot;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.Json;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.Signer;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;

/** A person with an operator's key who signs overrides for an environment. Thread-safe. */
public final class Operator {
    private final EnvironmentName environment;
    private final Signer key = Signer.generate();
    private final AtomicInteger orders = new AtomicInteger();

    /** With a fresh key. */
    public Operator(EnvironmentName environment) {
        this.environment = environment;
    }

    /** The public half of the key. */
    public String publicKey() {
        return key.publicKeyText();
    }

    /** The whole key pair. */
    public Signer key() {
        return key;
    }

    /** A fresh order. */
    public OperatorOverride.Order order(Instant at) {
        return new OperatorOverride.Order(
                "ov-%s-%04d".formatted(key.keyId(), orders.incrementAndGet()), environment, "olivia", "INC-512", at);
    }

    /** Orders an extension back. */
    public OperatorOverride rollback(String extension, Slot slot, Instant at) {
        return OperatorOverride.rollback(order(at), new ExtensionName(extension), slot);
    }

    /** Orders a region out of the answers. */
    public OperatorOverride drain(String region, Instant at) {
        return OperatorOverride.drain(order(at), new RegionName(region));
    }

    /** Ends another override. */
    public OperatorOverride lift(OperatorOverride other, Instant at) {
        return OperatorOverride.lift(order(at), other.id());
    }

    /** The bytes that a node is given. */
    public byte[] sign(OperatorOverride order) {
        return Json.bytes(Envelope.sign(OperatorOverride.TYPE, order, key));
    }
}
