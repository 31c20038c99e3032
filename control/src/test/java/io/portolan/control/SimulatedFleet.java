package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;
import io.portolan.model.controller.ControllerState;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.protocol.ControllerReport;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.NodeStatus;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.OverrideReport;
import io.portolan.storage.StateStore;
import io.portolan.storage.StoredRevision;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Region nodes and a director that follow revisions, fetch, run controllers, restart, fall silent and quarantine as chance has it. One thread at a time. */
final class SimulatedFleet {
    private final StateStore store;
    private final EnvironmentName environment;
    private final ExtensionName extension;
    private final Random random;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<Long, String> digests = new HashMap<>();
    private final Map<String, Set<RegionName>> dropped = new HashMap<>();
    private long director;
    private boolean troubled = true;

    /** One node. */
    private static final class Node {
        final String id;
        final RegionName region;
        final Set<VersionLabel> held = new HashSet<>();
        int boot = 1;
        long sequence;
        long fetched;
        long epoch;
        long revision;
        String digest = "";
        Set<VersionLabel> wanted = Set.of();
        Map<Slot, VersionLabel> slots = Map.of();
        List<VersionLabel> running = List.of();
        /** Operator's order that it obeys. */
        Optional<OverrideReport> override = Optional.empty();
        /** What of that it told a process last, and which. */
        String told = "";

        Optional<NodeRegistry> toldTo = Optional.empty();
        /** Whether it has told of its order at all. */
        boolean hasTold;
        /** Orders that the revision it follows lists as settled. */
        List<String> settled = List.of();
        /** Orders that ended: not obeyed again. */
        final Set<String> past = new HashSet<>();

        /** Versions whose controllers it is to run, and after how many more reports each is ready. */
        final Map<VersionLabel, Integer> starting = new HashMap<>();
        /** Those that it called ready when it last told the living process. */
        Set<VersionLabel> toldReady = Set.of();

        boolean joined;
        boolean silent;
        /** After so many more reports of the others it is heard again; none for 0. */
        int away;

        boolean slow;
        boolean quarantines;

        Node(String id, RegionName region) {
            this.id = id;
            this.region = region;
        }

        void end() {
            override.ifPresent(ended -> past.add(ended.id()));
            override = Optional.empty();
            hasTold = false;
        }

        boolean isSettled() {
            return override.filter(order -> settled.contains(order.id())).isPresent();
        }
    }

    SimulatedFleet(
            StateStore store,
            EnvironmentName environment,
            ExtensionName extension,
            List<RegionName> regions,
            Random random) {
        this.store = store;
        this.environment = environment;
        this.extension = extension;
        this.random = random;
        regions.forEach(region -> nodes.add(new Node("node-" + region, region)));
    }

    /** The node of a region begins to report. */
    void join(RegionName region) {
        nodes.stream().filter(node -> node.region.equals(region)).forEach(node -> node.joined = true);
    }

    /** The nodes of a region are gone, with their disks. */
    void leave(RegionName region) {
        nodes.stream().filter(node -> node.region.equals(region) && node.joined).forEach(node -> {
            node.joined = false;
            node.held.clear();
            node.starting.clear();
            node.toldReady = Set.of();
            node.end();
            node.boot++;
            node.sequence = 0;
        });
    }

    boolean isJoined(RegionName region) {
        return nodes.stream().anyMatch(node -> node.region.equals(region) && node.joined);
    }

    /** What others see of a region's pages, empty text for nothing wrong; empty where it cannot be reached. */
    Optional<String> fault(RegionName region) {
        return nodes.stream()
                .filter(node -> node.region.equals(region) && !node.silent)
                .findFirst()
                .map(node -> node.quarantines ? "its page is another one" : "");
    }

    /** Whether every node of the region that can be reached holds the version, in truth. */
    boolean holds(RegionName region, VersionLabel version) {
        return nodes.stream()
                .filter(node -> node.region.equals(region) && node.joined && !node.silent)
                .allMatch(node -> node.held.contains(version));
    }

    /** Whether every node of the region said last that the controllers of the version are ready. */
    boolean saysReady(RegionName region, VersionLabel version) {
        return nodes.stream()
                .filter(node -> node.region.equals(region) && node.joined)
                .allMatch(node -> node.toldReady.contains(version));
    }

    void makeWell() {
        troubled = false;
        nodes.forEach(node -> {
            // Those of regions that are added come by themselves.
            node.joined |= !StormWorld.COMING.contains(node.region);
            node.silent = false;
            node.slow = false;
            node.quarantines = false;
        });
    }

    /** Something happens to a node. */
    void trouble() {
        var node = nodes.get(random.nextInt(nodes.size()));
        switch (random.nextInt(8)) {
            case 0, 1 -> node.silent = !node.silent && random.nextInt(3) == 0;
            case 2, 3 -> node.slow = !node.slow && random.nextInt(2) == 0;
            case 4 -> node.quarantines = !node.quarantines && random.nextInt(6) == 0;
            default -> {
                node.boot++;
                node.starting.clear();
                node.sequence = 0;
                node.fetched = 0;
            }
        }
    }

    /**
     * An operator gives an order to some of the nodes, one after the other: those obey it that hold what it leads to, unless it ended
     * there before.
     */
    void order(OperatorOverride order, Envelope envelope, String keyId, Instant now) {
        for (var node : nodes) {
            var version = Optional.ofNullable(node.slots.get(order.target()));
            boolean reached = node.joined && random.nextInt(4) != 0;
            if (!reached
                    || node.past.contains(order.id())
                    || node.settled.contains(order.id())
                    || node.override
                            .filter(present -> present.id().equals(order.id()))
                            .isPresent()
                    || !version.filter(node.held::contains).isPresent()) {
                continue;
            }
            // Operators go to nodes because these are cut off: some tell of it only when others have been taken over.
            if (random.nextInt(3) == 0) {
                node.silent = true;
                node.away = random.nextInt(2, 25);
            }
            node.end();
            node.override = Optional.of(new OverrideReport(
                    order.id(),
                    order.action(),
                    order.extension(),
                    order.region(),
                    version.get().value(),
                    keyId,
                    now,
                    envelope));
        }
    }

    /** The operator takes back what each node obeys. */
    void lift() {
        nodes.forEach(Node::end);
    }

    /** Whether a node obeys an order. */
    boolean obeys() {
        return nodes.stream().anyMatch(node -> node.override.isPresent());
    }

    /** Whether a node that told late of an order has let it go, or is about to: it was settled for others. */
    boolean relies() {
        return !dropped.isEmpty() || nodes.stream().anyMatch(node -> node.hasTold && node.isSettled());
    }

    /** Regions whose nodes told the living process of an order when they last reported. */
    Set<RegionName> told(String order) {
        return told(order, node -> true);
    }

    /** Regions whose nodes told this process of an order when they last reported. */
    Set<RegionName> told(String order, NodeRegistry registry) {
        return told(order, node -> node.toldTo.filter(registry::equals).isPresent());
    }

    private Set<RegionName> told(String order, Predicate<Node> which) {
        var regions = new TreeSet<RegionName>();
        nodes.stream()
                .filter(node -> node.told.equals(order) && which.test(node))
                .forEach(node -> regions.add(node.region));
        return regions;
    }

    /** Every node looks for a revision, fetches and reports to the process that lives; some of it gets lost. */
    void report(SimulatedControl process, Instant now) {
        report(process, now, true);
    }

    /** The same; {@code living}: whether to the process that lives. */
    void report(SimulatedControl process, Instant now, boolean living) {
        var newest = store.read(reader -> reader.newestRevision(environment));
        for (var node : nodes) {
            if (!node.joined) {
                continue;
            }
            if (node.away > 0 && --node.away == 0) {
                node.silent = false;
            }
            if (!node.silent && (!troubled || !node.slow || random.nextInt(4) == 0)) {
                newest.ifPresent(revision -> follow(node, revision));
                fetch(node);
                run(node);
            }
            if (!node.silent && (!troubled || random.nextInt(10) != 0)) {
                // It may die of this: then the node has not told.
                process.heard(status(node, now), now, living);
                if (living) {
                    node.toldReady = ready(node);
                    tell(node, process.registry);
                }
            }
        }
        process.registry.heard(ofDirector(now), now);
    }

    /** What it has told of twice is known, if no revision came between; see the store of a real node. */
    private void tell(Node node, NodeRegistry registry) {
        node.told = node.override.map(OverrideReport::id).orElse("");
        node.toldTo = Optional.of(registry);
        if (node.hasTold && node.isSettled()) {
            drop(node);
        }
        node.hasTold = node.override.isPresent();
    }

    private void follow(Node node, StoredRevision revision) {
        // A number is given once: a node that has it would refuse another revision of that number.
        var known =
                digests.putIfAbsent(revision.id().number(), revision.digest().value());
        if (known != null && !known.equals(revision.digest().value())) {
            throw new Broken("durable: revision " + revision.id() + " has another digest than nodes have seen");
        }
        if (node.revision == revision.id().number()) {
            return;
        }
        node.epoch = revision.id().epoch();
        node.revision = revision.id().number();
        node.digest = revision.digest().value();
        var document = store.read(reader -> Revisions.extension(reader, revision, Compiler.key(extension)));
        // In an order of its own: that of an unmodifiable set is another in each process, and a seed has to repeat its
        // storm in all.
        node.wanted = new TreeSet<>();
        document.ifPresent(present -> node.wanted.addAll(present.versions().keySet()));
        node.slots = document.map(ExtensionDocument::slots).orElse(Map.of());
        node.running = document.map(present -> present.running(node.region)).orElse(List.of());
        node.settled = Revisions.payload(revision).settledOverrides();
        if (node.hasTold && node.isSettled()) {
            drop(node);
        }
    }

    /** It relies on the control plane from here on. */
    private void drop(Node node) {
        node.override.ifPresent(order ->
                dropped.computeIfAbsent(order.id(), none -> new TreeSet<>()).add(node.region));
        node.end();
    }

    /** Regions whose nodes have let an order go since this was asked last, because it was settled and they had told of it. */
    Map<String, Set<RegionName>> dropped() {
        var lately = Map.copyOf(dropped);
        dropped.clear();
        return lately;
    }

    private void fetch(Node node) {
        for (var version : node.wanted) {
            if (!node.held.contains(version) && (!troubled || random.nextBoolean())) {
                node.held.add(version);
                node.fetched++;
            }
        }
    }

    /** Starts what it is to run and holds, and gets on with it; what is not named any more ends at some time. */
    private void run(Node node) {
        node.starting.keySet().removeIf(version -> !node.running.contains(version) && random.nextInt(4) == 0);
        for (var version : node.running) {
            if (node.held.contains(version)) {
                node.starting.merge(version, random.nextInt(6), (left, none) -> Math.max(0, left - 1));
            }
        }
    }

    private static Set<VersionLabel> ready(Node node) {
        var ready = new HashSet<VersionLabel>();
        node.starting.forEach((version, left) -> {
            if (left == 0) {
                ready.add(version);
            }
        });
        return ready;
    }

    /** Some versions end again and again, while there is trouble. */
    private List<ControllerReport> controllers(Node node) {
        return node.starting.entrySet().stream()
                .map(entry -> new ControllerReport(
                        extension,
                        entry.getKey(),
                        "api",
                        entry.getValue() == 0
                                ? ControllerState.READY
                                : troubled && entry.getKey().value().startsWith("7")
                                        ? ControllerState.CRASH_LOOP
                                        : ControllerState.STARTING,
                        entry.getValue() == 0 ? 1 : 0,
                        1,
                        0,
                        "",
                        Instant.EPOCH))
                .toList();
    }

    private NodeStatus status(Node node, Instant now) {
        var lacking = node.wanted.stream()
                .filter(version -> !node.held.contains(version))
                .map(version -> new NodeStatus.Lacking(extension, version, 1))
                .toList();
        var quarantined = node.quarantines
                ? List.of(new NodeStatus.Quarantined(extension, "its document is damaged"))
                : List.<NodeStatus.Quarantined>of();
        return status(
                node.id,
                node.region,
                "region",
                node.boot,
                ++node.sequence,
                node,
                lacking,
                quarantined,
                node.override.stream().toList(),
                List.of(),
                now);
    }

    private NodeStatus ofDirector(Instant now) {
        var down = nodes.stream()
                .filter(node -> node.silent || !node.joined)
                .map(node -> node.region)
                .toList();
        return status(
                "director-1",
                new RegionName("director"),
                "director",
                1,
                ++director,
                nodes.getFirst(),
                List.of(),
                List.of(),
                List.of(),
                down,
                now);
    }

    private NodeStatus status(
            String id,
            RegionName region,
            String kind,
            int boot,
            long sequence,
            Node node,
            List<NodeStatus.Lacking> lacking,
            List<NodeStatus.Quarantined> quarantined,
            List<OverrideReport> overrides,
            List<RegionName> down,
            Instant now) {
        return new NodeStatus(
                id,
                environment,
                region,
                kind,
                "http://" + id,
                "boot-" + boot,
                sequence,
                node.epoch,
                node.revision,
                node.digest,
                lacking,
                lacking.size(),
                node.fetched,
                quarantined,
                quarantined.size(),
                overrides,
                1L << 40,
                "",
                down,
                List.of(),
                kind.equals("region") ? controllers(node) : List.of(),
                kind.equals("region") ? node.starting.size() : 0,
                now);
    }
}
