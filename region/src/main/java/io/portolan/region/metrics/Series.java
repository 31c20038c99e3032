package io.portolan.region.metrics;

/** Text of a node's metrics, {@code portolan_node_…}, in the format of Prometheus. Stateless. */
public final class Series {
    private Series() {}

    /**
     * Appends what a metric is, before its samples.
     *
     * @param name without {@code portolan_node_}
     * @param type such as {@code counter}
     */
    public static void head(StringBuilder text, String name, String type, String help) {
        text.append("# HELP portolan_node_")
                .append(name)
                .append(' ')
                .append(help)
                .append('\n');
        text.append("# TYPE portolan_node_")
                .append(name)
                .append(' ')
                .append(type)
                .append('\n');
    }

    /** Appends a metric whose one sample has no labels; {@code name} and {@code type} as for {@link #head}. */
    public static void single(StringBuilder text, String name, String type, String help, long value) {
        head(text, name, type, help);
        text.append("portolan_node_").append(name).append(' ').append(value).append('\n');
    }
}
