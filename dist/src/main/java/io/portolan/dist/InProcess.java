package io.portolan.dist;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A component inside this process. One thread at a time. */
final class InProcess implements Component {
    private final String name;
    private final Starter starter;
    private @Nullable AutoCloseable running;

    /** Starts the real thing. */
    @FunctionalInterface
    interface Starter {
        AutoCloseable start() throws IOException;
    }

    InProcess(String name, Starter starter) {
        this.name = name;
        this.starter = starter;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void start() throws IOException {
        if (running == null) {
            running = starter.start();
        }
    }

    @Override
    public void stop() {
        var ending = running;
        running = null;
        if (ending != null) {
            try {
                ending.close();
            } catch (Exception e) {
                throw new IllegalStateException("stopping " + name, e);
            }
        }
    }

    @Override
    public boolean isRunning() {
        return running != null;
    }
}
