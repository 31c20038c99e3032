package io.portolan.runtime;

import io.portolan.model.controller.ControllerKind;
import io.portolan.model.controller.ControllerState;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** Several runtimes as one: each controller goes to the first that takes its kind; what none takes is refused. Thread-safe. */
public final class ControllerRuntimes implements ControllerRuntime {
    private final List<ControllerRuntime> runtimes;
    private final InstantSource clock;
    private final ConcurrentHashMap<ControllerId, ControllerStatus> refused = new ConcurrentHashMap<>();
    private volatile Runnable told = () -> {};

    public ControllerRuntimes(List<ControllerRuntime> runtimes, InstantSource clock) {
        this.runtimes = List.copyOf(runtimes);
        this.clock = clock;
    }

    @Override
    public boolean takes(ControllerKind kind) {
        return runtimes.stream().anyMatch(runtime -> runtime.takes(kind));
    }

    @Override
    public void ensure(ControllerInstance wanted) {
        var kind = wanted.spec().kind();
        var runtime = runtimes.stream().filter(each -> each.takes(kind)).findFirst();
        if (runtime.isPresent()) {
            runtime.get().ensure(wanted);
            return;
        }
        var before = refused.putIfAbsent(
                wanted.id(),
                new ControllerStatus(
                        wanted.id(),
                        wanted.spec(),
                        ControllerState.REFUSED,
                        wanted.spec().replicas().min(),
                        List.of(),
                        0,
                        "this node has no runtime for the kind " + kind.name().toLowerCase(Locale.ROOT),
                        clock.instant()));
        if (before == null) {
            told.run();
        }
    }

    @Override
    public void stop(ControllerId id) {
        runtimes.forEach(runtime -> runtime.stop(id));
        if (refused.remove(id) != null) {
            told.run();
        }
    }

    @Override
    public void keepOnly(Set<ControllerId> wanted) {
        runtimes.forEach(runtime -> runtime.keepOnly(wanted));
    }

    @Override
    public Map<ControllerId, ControllerStatus> states() {
        var all = new TreeMap<ControllerId, ControllerStatus>(refused);
        runtimes.forEach(runtime -> all.putAll(runtime.states()));
        return Collections.unmodifiableMap(all);
    }

    @Override
    public String log(ControllerId id, int mostBytes) throws IOException {
        var text = new StringBuilder();
        for (var runtime : runtimes) {
            text.append(runtime.log(id, mostBytes));
        }
        return text.toString();
    }

    @Override
    public void whenChanged(Runnable whom) {
        told = whom;
        runtimes.forEach(runtime -> runtime.whenChanged(whom));
    }

    @Override
    public void close() {
        runtimes.forEach(ControllerRuntime::close);
    }
}
