package io.portolan.model.access;

import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/** The network of a client: /24 or /48, so that no single person is kept. Stateless. */
public final class ClientNetwork {
    private static final Pattern V4 = Pattern.compile("([0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3})\\.[0-9]{1,3}");
    private static final Pattern V6 = Pattern.compile("[0-9a-fA-F:]{2,39}");
    private static final int GROUPS = 8;
    private static final int KEPT_GROUPS = 3;

    private ClientNetwork() {}

    /** Such as {@code 192.0.2.0/24} for {@code 192.0.2.17}; empty for what is no address literal. */
    public static Optional<String> of(String client) {
        var v4 = V4.matcher(client);
        if (v4.matches()) {
            return Optional.of(v4.group(1) + ".0/24");
        }
        return V6.matcher(client).matches() && client.contains(":") ? v6(client) : Optional.empty();
    }

    private static Optional<String> v6(String client) {
        int gap = client.indexOf("::");
        var head = groups(gap < 0 ? client : client.substring(0, gap));
        var tail = gap < 0 ? new String[0] : groups(client.substring(gap + 2));
        int given = head.length + tail.length;
        if (gap < 0 ? given != GROUPS : given >= GROUPS) {
            return Optional.empty();
        }
        var all = new String[GROUPS];
        Arrays.fill(all, "0");
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(tail, 0, all, GROUPS - tail.length, tail.length);
        var network = new StringBuilder();
        for (int i = 0; i < KEPT_GROUPS; i++) {
            if (!all[i].matches("[0-9a-fA-F]{1,4}")) {
                return Optional.empty();
            }
            network.append(Integer.toHexString(Integer.parseInt(all[i], 16))).append(':');
        }
        return Optional.of(network.append(":/48").toString());
    }

    private static String[] groups(String text) {
        return text.isEmpty() ? new String[0] : text.split(":", -1);
    }
}
