package io.portolan.region;

import io.portolan.runtime.ControllerRuntime;
import io.portolan.runtime.ControllerRuntimes;
import io.portolan.runtime.EnvironmentSecrets;
import io.portolan.runtime.ExternalRuntime;
import io.portolan.runtime.FolderSecrets;
import io.portolan.runtime.MoreRuntimes;
import io.portolan.runtime.OpenCalls;
import io.portolan.runtime.ProcessRuntime;
import io.portolan.runtime.Secrets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Opens what a node can run controllers with. Stateless. */
final class NodeRuntimes {
    private NodeRuntimes() {}

    /** Everything that this node can run. */
    static ControllerRuntime open(
            RegionSettings settings, NodeBlobs blobs, MoreRuntimes more, OpenCalls calls, InstantSource clock) {
        var own = settings.controllers();
        var folder = settings.replica().folder();
        var region = settings.replica().region().value();
        Secrets secrets = new EnvironmentSecrets(System.getenv());
        if (!own.secrets().isEmpty()) {
            secrets = new FolderSecrets(folder.resolve(own.secrets())).or(secrets);
        }
        var processes = ProcessRuntime.open(
                own.processes(folder, region), digest -> blobs.readOnly().open(digest), secrets, calls, clock);
        var all = new ArrayList<ControllerRuntime>(List.of(processes, new ExternalRuntime(region, secrets, clock)));
        all.addAll(more.open(calls, clock));
        return new ControllerRuntimes(all, clock);
    }
}
