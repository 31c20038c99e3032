package io.portolan.planner.routing;

import io.portolan.model.document.Monitor;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** What a monitor must keep to. Pure. */
final class MonitorRules {
    /** Longest interval. */
    static final Duration MAX_INTERVAL = Duration.ofMinutes(5);

    private static final Duration MIN = Duration.ofMillis(100);
    private static final int MAX_TOLERATED = 9;
    private static final int MAX_RECOVERY = 100;
    private static final int MAX_PORT = 65535;
    private static final int MAX_PATH = 1024;
    private static final int MAX_VALUE = 1024;
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z\\-]{1,128}");
    private static final Pattern PATH = Pattern.compile("/[\\x21-\\x7e]*");
    private static final Pattern VALUE = Pattern.compile("[\\x20-\\x7e]*");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:\\-\\[\\]]{0,253}");

    /** Headers that frame the request or that the client sets. */
    private static final Set<String> OURS =
            Set.of("connection", "content-length", "expect", "host", "transfer-encoding", "upgrade", "te", "trailer");

    private MonitorRules() {}

    /** Takes faults. */
    interface Faults {
        void fault(String code, String pointer, String message);
    }

    static void check(Monitor monitor, String at, Faults faults) {
        between("interval", monitor.interval(), MIN, MAX_INTERVAL, at, faults);
        between("timeout", monitor.timeout(), MIN, monitor.interval().minusMillis(1), at, faults);
        between("toleratedFailures", monitor.toleratedFailures(), 0, MAX_TOLERATED, at, faults);
        between("recoverySuccesses", monitor.recoverySuccesses(), 1, MAX_RECOVERY, at, faults);
        between("port", monitor.port(), 0, MAX_PORT, at, faults);
        if (!PATH.matcher(monitor.path()).matches() || monitor.path().length() > MAX_PATH) {
            faults.fault(
                    "monitor", at + "/path", "path: " + monitor.path() + " (expected: a slash, then visible ASCII)");
        }
        if (!HOST.matcher(monitor.host()).matches()) {
            faults.fault("monitor", at + "/host", "host: " + monitor.host() + " (expected: a host name)");
        }
        statuses(monitor, at, faults);
        headers(monitor, at, faults);
    }

    private static void between(String name, long value, long low, long high, String at, Faults faults) {
        if (value < low || value > high) {
            faults.fault("monitor", at + "/" + name, name + ": " + value + " (expected: " + low + " to " + high + ")");
        }
    }

    private static void between(String name, Duration value, Duration low, Duration high, String at, Faults faults) {
        if (value.compareTo(low) < 0 || value.compareTo(high) > 0) {
            faults.fault("monitor", at + "/" + name, name + ": " + value + " (expected: " + low + " to " + high + ")");
        }
    }

    private static void statuses(Monitor monitor, String at, Faults faults) {
        int count = monitor.statuses().size();
        if (count < 1 || count > Monitor.MAX_STATUSES) {
            faults.fault(
                    "monitor",
                    at + "/statuses",
                    "statuses: " + count + " (expected: 1 to " + Monitor.MAX_STATUSES + " ranges)");
        }
        for (int i = 0; i < count; i++) {
            var range = monitor.statuses().get(i);
            if (range.from() < 100 || range.to() > 999 || range.from() > range.to()) {
                faults.fault(
                        "monitor",
                        at + "/statuses/" + i,
                        "statuses: " + range.from() + "-" + range.to() + " (expected: a range within 100-999)");
            }
        }
    }

    private static void headers(Monitor monitor, String at, Faults faults) {
        int count = monitor.headers().size();
        if (count > Monitor.MAX_HEADERS) {
            faults.fault(
                    "monitor",
                    at + "/headers",
                    "headers: " + count + " (expected: at most " + Monitor.MAX_HEADERS + ")");
        }
        for (int i = 0; i < count; i++) {
            var header = monitor.headers().get(i);
            boolean good = TOKEN.matcher(header.name()).matches()
                    && !OURS.contains(header.name().toLowerCase(Locale.ROOT))
                    && VALUE.matcher(header.value()).matches()
                    && header.value().length() <= MAX_VALUE;
            if (!good) {
                faults.fault(
                        "monitor",
                        at + "/headers/" + i,
                        "headers: " + header.name() + " (expected: a header name that is not one of " + OURS
                                + ", with a value of visible ASCII, at most " + MAX_VALUE + ")");
            }
        }
    }
}
