package io.portolan.runtime;

import io.portolan.model.controller.Reference;
import java.util.Map;
import java.util.TreeMap;

/**
 * The variables of a replica, and the secrets among their parts. One thread at a time.
 *
 * <p>It has no {@code toString} of its own on purpose: nothing of it may be written anywhere.
 */
final class Environment {
    private static final char NUL = 0;

    private final Map<String, String> variables;
    private final Map<String, String> secrets;

    private Environment(Map<String, String> variables, Map<String, String> secrets) {
        this.variables = variables;
        this.secrets = secrets;
    }

    /** Something that a variable refers to is not there, or is nothing that a variable can hold. */
    static final class Missing extends Exception {
        private static final long serialVersionUID = 1L;

        Missing(String message) {
            super(message);
        }
    }

    /**
     * Resolves the references of a controller's variables.
     *
     * @throws Missing when the configuration has no such key, or the region no such secret, or no variable can hold it; the message
     *                 tells names only
     */
    static Environment resolve(ControllerInstance instance, Secrets source) throws Missing {
        var variables = new TreeMap<String, String>();
        var secrets = new TreeMap<String, String>();
        var missing = new TreeMap<String, String>();
        instance.spec().environment().forEach((variable, value) -> {
            refuseNul("variable " + variable.replace(NUL, '?'), variable + value, missing);
            variables.put(
                    variable,
                    Reference.replace(value, reference -> look(instance, source, reference, secrets, missing)));
        });
        if (!missing.isEmpty()) {
            throw new Missing(String.join("; ", missing.values()));
        }
        return new Environment(variables, secrets);
    }

    /** Said here: whoever starts the process would say it with the value. */
    private static void refuseNul(String what, String text, Map<String, String> missing) {
        if (text.indexOf(NUL) >= 0) {
            missing.put(what, what + " holds a NUL character, which no variable can");
        }
    }

    private static String look(
            ControllerInstance instance,
            Secrets source,
            Reference reference,
            Map<String, String> secrets,
            Map<String, String> missing) {
        var name = reference.name();
        return switch (reference.kind()) {
            case CONFIG -> {
                var value = instance.configuration().get(name);
                if (value == null) {
                    missing.put("config " + name, "the configuration here has no key " + name);
                    yield "";
                }
                refuseNul("config " + name, value, missing);
                yield value;
            }
            case SECRET -> {
                var value = source.find(instance.id().extension(), name);
                if (value.isEmpty()) {
                    var why = source.whyNot(instance.id().extension(), name);
                    missing.put(
                            "secret " + name,
                            "this region has no secret " + name + " of "
                                    + instance.id().extension() + (why.isEmpty() ? "" : " (" + why + ")"));
                    yield "";
                }
                refuseNul("secret " + name, value.get(), missing);
                secrets.put(name, value.get());
                yield value.get();
            }
        };
    }

    /** Variables with their values. */
    Map<String, String> variables() {
        return variables;
    }

    /** Secrets by name: for comparing with later ones, and for keeping them out of logs. */
    Map<String, String> secrets() {
        return secrets;
    }
}
