package io.portolan.dist;

import io.portolan.cli.Console;
import java.time.Duration;
import java.util.Locale;

/** What a development world tells the person who started it. Thread-safe. */
final class DevSpeech {
    private final Console console;
    private final DevPlan plan;
    private String portal = "";
    private boolean ending;

    DevSpeech(Console console, DevPlan plan) {
        this.console = console;
        this.plan = plan;
    }

    /** A line of progress. */
    synchronized void line(String text) {
        console.err().println(text);
    }

    /** A line about what goes on in the world: not said any more once it is stopping. */
    synchronized void news(String text) {
        if (!ending) {
            line(text);
        }
    }

    /** Says that the world is stopping; from then on only what goes wrong with that. */
    synchronized void stopping() {
        line("stopping");
        ending = true;
    }

    void starting() {
        line("portolan dev: " + plan.options().regions().size() + " regions, data in "
                + plan.options().data() + (plan.options().processes() ? ", a process each" : ""));
        if (!plan.ownAddresses()) {
            line(
                    "127.0.1.x cannot be bound here: nodes share 127.0.0.1 with a port each, and DNS cannot tell regions apart");
        }
    }

    /** Where the demo portal is. */
    synchronized void portalIs(DemoPortal started) {
        portal = started.uri().toString();
    }

    synchronized void running(Duration took) {
        line(String.format(Locale.ROOT, "running after %.1f s", took.toMillis() / 1000.0));
        line("");
        line(String.format(Locale.ROOT, "  %-20s %s", "console and API", plan.controlUrl()) + "/");
        if (!portal.isEmpty()) {
            line(String.format(Locale.ROOT, "  %-20s %s", "demo portal", portal));
        }
        for (int i = 0; i < plan.regions().size(); i++) {
            if (plan.gone().contains(plan.regions().get(i))) {
                continue;
            }
            line(String.format(Locale.ROOT, "  %-20s http://%s/", plan.regions().get(i), plan.node(i)));
        }
        line(String.format(Locale.ROOT, "  %-20s %s", "DNS", plan.dns()) + " (UDP and TCP), zone " + DevPlan.ZONE);
        line(String.format(
                Locale.ROOT,
                "  %-20s %s",
                "log",
                plan.run().resolve(plan.options().processes() ? "*.log" : "dev.log")));
        line("");
    }

    /** Tells where hello is, or that it is not, and what to try next. */
    synchronized void helloIs(boolean there) {
        if (ending) {
            return;
        }
        var more = portOption();
        line("");
        line(
                there
                        ? "hello is served; open in a browser:"
                        : "hello is not rolled out; see: portolan" + more + " rollout list");
        if (there) {
            line("  " + plan.helloUrls().getFirst());
        }
        line("");
        line("try next, in another terminal:");
        line("  ./portolan" + more + " status");
        line("  ./portolan" + more + " deploy examples/hello --extension " + HelloDeployment.NAME
                + " --version 1.1.0 --wait");
        line("  ./portolan" + more + " rollback " + HelloDeployment.NAME);
        line("  ./portolan" + more + " route explain " + DevPlan.HELLO_ROUTE + " --client 81.2.69.142");
        line("  dig @127.0.0.1 -p " + plan.dns().port() + " " + DevPlan.HELLO_ROUTE + "." + DevPlan.ZONE
                + " +subnet=81.2.69.0/24");
        line("");
        line("Ctrl-C stops it all; nothing is lost.");
    }

    private String portOption() {
        return plan.options().portBase() == DevOptions.DEFAULT_PORT_BASE ? "" : " --server " + plan.controlUrl();
    }
}
