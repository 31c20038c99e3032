package io.portolan.region.gateway;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;

/**
 * Carries calls to controllers. Thread-safe; each call lives on the event loop of its client.
 *
 * <p>What is known of replicas (calls in progress, failures) is shared by the loops, connections are not.
 */
public final class Gateway implements AutoCloseable {
    /** Event to a connection: its node stops. */
    public static final Object NODE_STOPS = new Object();

    /** Header of an answer by which a node says that no replica of its own or of others took the call: whatever it is, it may be made elsewhere. */
    public static final AsciiString REFUSED = AsciiString.cached("x-portolan-refused");

    /**
     * Header of an answer by which a node says that it is its own, and that a replica may have done what the call asked. Not a second value
     * of {@link #REFUSED}: nodes of the version before look no further than whether that one is there.
     */
    public static final AsciiString UNANSWERED = AsciiString.cached("x-portolan-unanswered");

    /** Controllers that are remembered, with counters of their own. */
    private static final int MOST_UPSTREAMS = 2_000;

    /** Other nodes that are remembered before those are forgotten that are not asked now. */
    private static final int MOST_REGIONS = 256;

    private static final Duration REST = Duration.ofSeconds(5);

    private final GatewaySettings settings;
    private final HostNames names;
    private final ConcurrentHashMap<EventLoop, Pool> pools = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Upstream.Key, UpstreamState> upstreams = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Backend, Endpoint> regions = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, LongAdder> crossRegion = new ConcurrentHashMap<>();
    private final Ticker ticker = Ticker.systemTicker();

    /**
     * One for a node.
     *
     * @param blocking where waiting for a name server is allowed
     */
    public Gateway(GatewaySettings settings, Executor blocking) {
        this.settings = settings;
        this.names = new HostNames(blocking, ticker::nanoTime);
    }

    /** Begins a call; whoever asks may be told that it is over before this returns. */
    public Call call(CallTarget target, ClientSide client, HttpRequest head) {
        var upstream = target.upstream();
        var state = upstreams.get(upstream.key());
        if (state == null) {
            state = added(upstream);
        }
        state.update(upstream, ticker.nanoTime());
        var call = new Call(this, state, target, client, head);
        call.begin();
        return call;
    }

    private UpstreamState added(Upstream upstream) {
        if (upstreams.size() >= MOST_UPSTREAMS) {
            upstreams.values().removeIf(state -> state.outstanding.get() == 0 && state.sockets.get() == 0);
        }
        return upstreams.computeIfAbsent(
                upstream.key(),
                key -> new UpstreamState(
                        upstream, settings, bound -> ThreadLocalRandom.current().nextInt(bound), ticker.nanoTime()));
    }

    GatewaySettings settings() {
        return settings;
    }

    Pool pool(EventLoop loop) {
        var known = pools.get(loop);
        return known == null ? pools.computeIfAbsent(loop, this::pooled) : known;
    }

    private Pool pooled(EventLoop loop) {
        Class<? extends Channel> type = Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class;
        return new Pool(loop, type, settings, names);
    }

    /** Nodes to ask, the best first, those left out that were not there a moment ago. */
    List<Endpoint> regions(List<Backend> others, long now) {
        if (regions.size() > MOST_REGIONS) {
            // Not before: what calls of one extension may go to is not all that those of another may.
            regions.keySet().retainAll(others);
        }
        var rested = new ArrayList<Endpoint>();
        for (var backend : others) {
            var endpoint = regions.computeIfAbsent(backend, Endpoint::new);
            if ((!endpoint.ejected || now - endpoint.until >= 0) && rested.size() < settings.regions()) {
                rested.add(endpoint);
            }
        }
        return rested;
    }

    /** A node was not there: it is left alone for a moment. */
    void letRest(Endpoint region, long now) {
        region.until = now + REST.toNanos();
        region.ejected = true;
    }

    /** A call was answered by another region. */
    void answeredElsewhere(String extension) {
        crossRegion.computeIfAbsent(extension, first -> new LongAdder()).increment();
    }

    /** Calls of a replica in progress, open sockets among them. */
    public int openCalls(String replica) {
        for (var state : upstreams.values()) {
            int open = state.balancer.open(replica);
            if (open >= 0) {
                return open;
            }
        }
        return 0;
    }

    /** Calls of one controller that have ended, and those of them that failed by its side: a client's own faults are none of its. */
    public record Counted(long calls, long errors) {}

    /** What was counted of a controller. */
    public Counted counted(String extension, String version, String controller) {
        var state = upstreams.get(new Upstream.Key(extension, version, controller));
        return state == null
                ? new Counted(0, 0)
                : new Counted(state.metrics.endedFrom(100), state.metrics.endedFrom(500));
    }

    /** Adds the counters in the text format of Prometheus; those of controllers that are not to be kept are dropped. */
    public void write(StringBuilder text, Predicate<Upstream.Key> kept) {
        upstreams
                .entrySet()
                .removeIf(each -> !kept.test(each.getKey())
                        && each.getValue().outstanding.get() == 0
                        && each.getValue().sockets.get() == 0);
        var all = new TreeMap<String, UpstreamState>();
        upstreams.forEach((key, state) -> all.put(labels(key), state));
        head(text, "requests_total", "counter", "Calls by status of their answer; 499 for a client that left before.");
        all.forEach((labels, state) -> state.metrics.writeCodes(text, "portolan_controller_requests_total", labels));
        head(text, "request_duration_seconds", "histogram", "From a call's head to the end of its answer.");
        all.forEach((labels, state) ->
                state.metrics.writeDurations(text, "portolan_controller_request_duration_seconds", labels));
        head(text, "outstanding", "gauge", "Calls in progress.");
        all.forEach((labels, state) -> line(text, "outstanding", labels, state.outstanding.get()));
        head(text, "sockets", "gauge", "Open WebSockets.");
        all.forEach((labels, state) -> line(text, "sockets", labels, state.sockets.get()));
        head(text, "replicas", "gauge", "Replicas that take calls.");
        all.forEach((labels, state) -> line(text, "replicas", labels, state.balancer.size()));
        head(text, "replicas_ejected", "gauge", "Those of them that are left out for their failures.");
        all.forEach(
                (labels, state) -> line(text, "replicas_ejected", labels, state.balancer.ejected(ticker.nanoTime())));
        for (var event : UpstreamMetrics.Event.values()) {
            var name = UpstreamMetrics.name(event);
            head(text, name, "counter", UpstreamMetrics.help(event));
            all.forEach((labels, state) -> line(text, name, labels, state.metrics.of(event)));
        }
        crossRegions(text);
    }

    private void crossRegions(StringBuilder text) {
        text.append("# HELP portolan_cross_region_calls_total Calls that another region answered.\n");
        text.append("# TYPE portolan_cross_region_calls_total counter\n");
        for (Map.Entry<String, LongAdder> each : new TreeMap<>(crossRegion).entrySet()) {
            text.append("portolan_cross_region_calls_total{extension=\"")
                    .append(each.getKey())
                    .append("\"} ")
                    .append(each.getValue().sum())
                    .append('\n');
        }
    }

    /** Names and labels have no character that would have to be escaped. */
    private static String labels(Upstream.Key key) {
        return "extension=\"" + key.extension() + "\",version=\"" + key.version() + "\",controller=\""
                + key.controller() + "\"";
    }

    private static void head(StringBuilder text, String name, String type, String help) {
        text.append("# HELP portolan_controller_")
                .append(name)
                .append(' ')
                .append(help)
                .append('\n');
        text.append("# TYPE portolan_controller_")
                .append(name)
                .append(' ')
                .append(type)
                .append('\n');
    }

    private static void line(StringBuilder text, String name, String labels, long value) {
        text.append("portolan_controller_")
                .append(name)
                .append('{')
                .append(labels)
                .append("} ")
                .append(value)
                .append('\n');
    }

    /** Makes no more connections to replicas, and closes those at rest. The event loops must still run. */
    @Override
    public void close() {
        pools.forEach((loop, pool) -> loop.execute(pool::close));
    }
}
