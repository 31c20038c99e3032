package io.portolan.control;

import io.portolan.artifact.BlobStore;
import io.portolan.artifact.PackageConfiguration;
import io.portolan.artifact.PackageConfiguration.Lookup.Found;
import io.portolan.artifact.ServedManifest;
import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Rollout;
import io.portolan.planner.rollout.WayBack;
import io.portolan.storage.Reader;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds why regions of a rollout that has moved none yet could not go back to what they serve. Thread-safe. */
interface WaysBack {
    /** Of a control plane without content. */
    WaysBack UNCHECKED = (reader, rollout, deployment) -> List.of();

    /** In words; none when they could. */
    List<String> faults(Reader reader, Rollout rollout, Deployment deployment);

    /** Portal hosts of the environment for which the rollout's version has a page; empty when its configuration cannot be read. */
    default Optional<Set<String>> portals(Reader reader, Rollout rollout) {
        return Optional.of(hosts(reader, rollout));
    }

    /** Every portal host of the rollout's environment. */
    static Set<String> hosts(Reader reader, Rollout rollout) {
        return Lookup.environment(reader, rollout.environment()).portalHosts().stream()
                .map(PortalHosts::host)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** By the configuration files in the store: the rule by which a node answers a page or 400. */
    static WaysBack of(BlobStore blobs) {
        return new Stored(blobs);
    }

    /** Content never changes under a digest, so it is read once. */
    final class Stored implements WaysBack {
        /** How many manifests are remembered; the least recently used leaves first. */
        private static final int REMEMBERED = 4096;

        /** As at nodes. */
        private static final int MANIFEST_LIMIT_BYTES = 64 << 20;

        private static final Logger LOG = LoggerFactory.getLogger(WaysBack.class);

        private final BlobStore blobs;
        private final Map<Key, Set<String>> known = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Key, Set<String>> eldest) {
                return size() > REMEMBERED;
            }
        };

        private record Key(Digest manifest, Set<String> hosts) {}

        private Stored(BlobStore blobs) {
            this.blobs = blobs;
        }

        @Override
        public List<String> faults(Reader reader, Rollout rollout, Deployment deployment) {
            var hosts = WaysBack.hosts(reader, rollout);
            var old = new TreeSet<VersionLabel>();
            rollout.regions().forEach(region -> deployment.versionIn(region).ifPresent(old::add));
            old.remove(rollout.version());
            if (old.isEmpty()) {
                return List.of();
            }
            var next = configured(reader, rollout.extension(), rollout.version(), hosts);
            return old.stream()
                    .flatMap(version ->
                            WayBack.fault(configured(reader, rollout.extension(), version, hosts), next, hosts)
                                    .stream())
                    .toList();
        }

        @Override
        public Optional<Set<String>> portals(Reader reader, Rollout rollout) {
            return configured(reader, rollout.extension(), rollout.version(), WaysBack.hosts(reader, rollout))
                    .portals();
        }

        private WayBack.Configured configured(
                Reader reader, ExtensionName extension, VersionLabel version, Set<String> hosts) {
            return new WayBack.Configured(
                    version,
                    Table.VERSIONS
                            .get(reader, Table.key(extension, version))
                            .flatMap(row -> portals(new Key(row.value().manifest(), hosts))));
        }

        private synchronized Optional<Set<String>> portals(Key key) {
            var present = Optional.ofNullable(known.get(key));
            if (present.isPresent()) {
                return present;
            }
            try {
                var configuration = PackageConfiguration.load(
                        ServedManifest.parse(blobs.read(key.manifest(), MANIFEST_LIMIT_BYTES)), blobs);
                Set<String> portals = key.hosts().stream()
                        .filter(host -> configuration.lookup(host) instanceof Found)
                        .collect(Collectors.toUnmodifiableSet());
                known.put(key, portals);
                return Optional.of(portals);
            } catch (IOException | RuntimeException e) {
                LOG.warn("configuration manifest={} cannot be read", key.manifest(), e);
                return Optional.empty();
            }
        }
    }
}
