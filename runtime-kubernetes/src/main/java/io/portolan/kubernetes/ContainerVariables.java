package io.portolan.kubernetes;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.portolan.model.controller.Reference;
import io.portolan.runtime.ControllerInstance;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The variables of a container. Secrets stay references: the kubelet resolves them, and no value of one passes through this node or
 * stands in an object that it writes. Immutable.
 *
 * @param variables in an order in which each refers to earlier ones only
 * @param secrets   names of secrets among their parts
 * @param missing   what they refer to and the configuration does not have, as a sentence; empty text for nothing
 */
record ContainerVariables(List<EnvVar> variables, Set<String> secrets, String missing) {
    /** Variables that hold one secret each, for values that are more than one secret. */
    private static final String PART = "PORTOLAN_SECRET_";

    /** Those of an instance. */
    static ContainerVariables of(ControllerInstance instance, String region, int port) {
        var parts = new ArrayList<EnvVar>();
        var own = new ArrayList<EnvVar>();
        var secrets = new TreeSet<String>();
        var missing = new TreeSet<String>();
        var secretName = Scope.secretName(instance.id().extension().value());
        new TreeMap<>(instance.spec().environment()).forEach((name, value) -> {
            var references = Reference.in(value);
            references.stream()
                    .filter(reference -> reference.kind() == Reference.Kind.SECRET)
                    .forEach(reference -> secrets.add(reference.name()));
            if (references.size() == 1
                    && value.equals("${secret:" + references.getFirst().name() + "}")) {
                own.add(secret(name, secretName, references.getFirst().name()));
            } else {
                own.add(literal(name, text(value, instance, secretName, parts, missing)));
            }
        });
        var all = new ArrayList<>(parts);
        all.addAll(own);
        all.add(literal("HOST", "0.0.0.0"));
        all.add(literal("PORT", String.valueOf(port)));
        all.add(literal("PORTOLAN_EXTENSION", instance.id().extension().value()));
        all.add(literal("PORTOLAN_VERSION", instance.id().version().value()));
        all.add(literal("PORTOLAN_CONTROLLER", instance.id().name()));
        all.add(literal("PORTOLAN_REGION", region));
        all.add(new EnvVarBuilder()
                .withName("PORTOLAN_REPLICA")
                .withNewValueFrom()
                .withNewFieldRef()
                .withFieldPath("metadata.name")
                .endFieldRef()
                .endValueFrom()
                .build());
        return new ContainerVariables(
                List.copyOf(all),
                Set.copyOf(secrets),
                missing.isEmpty() ? "" : "the configuration here has no key " + String.join(", ", missing));
    }

    /** The value with literal text escaped, configuration in its place, and secrets as references to earlier variables. */
    private static String text(
            String value, ControllerInstance instance, String secretName, List<EnvVar> parts, Set<String> missing) {
        // The text between references is escaped first: no reference has a $ that is not its own.
        var escaped = new StringBuilder();
        int at = 0;
        for (int start = value.indexOf("${"); start >= 0; start = value.indexOf("${", at)) {
            int end = value.indexOf('}', start) + 1;
            escaped.append(escape(value.substring(at, start))).append(value, start, end);
            at = end;
        }
        escaped.append(escape(value.substring(at)));
        return Reference.replace(escaped.toString(), reference -> switch (reference.kind()) {
            case CONFIG -> {
                var found = instance.configuration().get(reference.name());
                if (found == null) {
                    missing.add(reference.name());
                    yield "";
                }
                yield escape(found);
            }
            case SECRET -> {
                var name = PART + parts.size();
                parts.add(secret(name, secretName, reference.name()));
                yield "$(" + name + ")";
            }
        });
    }

    /** A cluster expands {@code $(NAME)} in values; two dollar signs are one. */
    static String escape(String text) {
        return text.replace("$", "$$");
    }

    private static EnvVar literal(String name, String value) {
        return new EnvVarBuilder().withName(name).withValue(value).build();
    }

    private static EnvVar secret(String name, String secretName, String key) {
        return new EnvVarBuilder()
                .withName(name)
                .withNewValueFrom()
                .withNewSecretKeyRef(key, secretName, false)
                .endValueFrom()
                .build();
    }
}
