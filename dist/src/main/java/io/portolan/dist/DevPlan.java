package io.portolan.dist;

import io.portolan.model.RegionName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Who listens where in a development world, and where each keeps its state. Immutable.
 *
 * @param ownAddresses whether each region has a loopback address of its own
 * @param added        regions that were added while it ran, in that order; addresses are theirs for ever
 * @param gone         those of them that are retired and have no node any more
 */
record DevPlan(DevOptions options, boolean ownAddresses, List<RegionName> added, Set<RegionName> gone) {
    private static final String GONE = "gone ";

    static final String ENVIRONMENT = "prod";
    static final String ZONE = "ext.portolan.test";
    static final String PORTAL_HOST = "portal.portolan.test";
    static final String HELLO_ROUTE = "hello";
    static final String CONTROL = "control";
    static final String DIRECTOR = "director";
    private static final String NODE_PREFIX = "node-";

    DevPlan {
        added = List.copyOf(added);
        gone = Set.copyOf(gone);
    }

    /** Without added regions. */
    DevPlan(DevOptions options, boolean ownAddresses) {
        this(options, ownAddresses, List.of(), Set.of());
    }

    /** The same with the regions that are named in the file of those that were added, if there is one. */
    DevPlan withAdded() throws IOException {
        if (!Files.exists(addedFile())) {
            return this;
        }
        var all = new ArrayList<RegionName>();
        var left = new HashSet<RegionName>();
        for (var line : Files.readAllLines(addedFile())) {
            var name = line.startsWith(GONE) ? line.substring(GONE.length()) : line;
            if (!name.isBlank() && !options.regions().contains(new RegionName(name))) {
                all.add(new RegionName(name));
                if (line.startsWith(GONE)) {
                    left.add(new RegionName(name));
                }
            }
        }
        return new DevPlan(options, ownAddresses, all, left);
    }

    /** What the file of those that were added is to say. */
    String addedText() {
        return String.join(
                "",
                added.stream()
                        .map(region -> (gone.contains(region) ? GONE : "") + region + "\n")
                        .toList());
    }

    /** The same with one more region, or with one that was gone. */
    DevPlan adding(RegionName region) {
        var more = new ArrayList<>(added);
        if (!more.contains(region)) {
            more.add(region);
        }
        var left = new HashSet<>(gone);
        left.remove(region);
        return new DevPlan(options, ownAddresses, more, left);
    }

    /** The same without the node of an added region. */
    DevPlan without(RegionName region) {
        var left = new HashSet<>(gone);
        left.add(region);
        return new DevPlan(options, ownAddresses, added, left);
    }

    /** Where the names of added regions are kept. */
    Path addedFile() {
        return options.data().resolve("regions").resolve("added");
    }

    /** All regions, in the order of their addresses. */
    List<RegionName> regions() {
        var all = new ArrayList<>(options.regions());
        all.addAll(added);
        return all;
    }

    boolean isAdded(String component) {
        return added.stream().anyMatch(region -> node(region).equals(component));
    }

    /** Which of all regions a component is the node of. */
    int index(String component) {
        return regions().stream().map(DevPlan::node).toList().indexOf(component);
    }

    /** Name of a region's node. */
    static String node(RegionName region) {
        return NODE_PREFIX + region;
    }

    /** Every component in the order in which they start. */
    List<String> components() {
        var names = new ArrayList<String>();
        names.add(CONTROL);
        regions().stream().filter(region -> !gone.contains(region)).forEach(region -> names.add(node(region)));
        names.add(DIRECTOR);
        return names;
    }

    Listen control() {
        return new Listen("127.0.0.1", options.portBase() + 70);
    }

    /** The demo portal, a site of its own for browsers: {@code localhost}. */
    Listen portal() {
        return new Listen("127.0.0.1", options.portBase() + 75);
    }

    Listen dns() {
        return new Listen("127.0.0.1", options.portBase() + 53);
    }

    Listen directorHttp() {
        return new Listen("127.0.0.1", options.portBase() + 54);
    }

    /** Address of a region's node: 127.0.1.n where that can be bound, else a port of its own. */
    Listen node(int index) {
        return ownAddresses
                ? new Listen("127.0.1." + (index + 1), options.portBase() + 80)
                : new Listen("127.0.0.1", options.portBase() + 81 + index);
    }

    /** Port with TLS of a region's node, on the same address. */
    int https(int index) {
        return options.portBase() + (ownAddresses ? 443 : 444 + index);
    }

    /** Folder of a component's own. */
    Path folder(String component) {
        return switch (component) {
            case CONTROL, DIRECTOR -> options.data().resolve(component);
            default -> options.data().resolve("regions").resolve(component.substring(NODE_PREFIX.length()));
        };
    }

    /** Settings file of a component, in its own folder. */
    Path settings(String component) {
        return folder(component).resolve(component(component) + ".yaml");
    }

    /** What {@code serve} calls the component. */
    static String component(String name) {
        return name.startsWith(NODE_PREFIX) ? "region" : name;
    }

    Path run() {
        return options.data().resolve("run");
    }

    String controlUrl() {
        return "http://" + control();
    }

    /** URL of the example at each region's node. */
    List<String> helloUrls() {
        var urls = new ArrayList<String>();
        for (int i = 0; i < options.regions().size(); i++) {
            urls.add("http://" + node(i) + "/" + HELLO_ROUTE);
        }
        return urls;
    }
}
