package io.portolan.cli;

import io.portolan.model.EnvironmentName;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.Json;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.Overrides;
import io.portolan.protocol.Signer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** An order that an operator signs and gives to nodes or directors; its verbs say what is ordered. One thread at a time. */
abstract class OverrideOrder extends Verb {
    private static final int ID_BYTES = 8;

    @Option(names = "--key", required = true, paramLabel = "FILE", description = "The operator's key pair.")
    private Path key;

    @Option(names = "--reason", required = true, paramLabel = "T", description = "Why; shown wherever it is obeyed.")
    private String reason;

    @Option(
            names = "--environment",
            paramLabel = "E",
            defaultValue = "",
            description = "Environment that the order is for; the one that the nodes say they are of unless given.")
    private String environment = "";

    /** Signs what is ordered and gives it to all of them. */
    final int give(List<URI> nodes, String question, Ordering ordering) {
        var signer = signer();
        portolan()
                .confirm(question + (environment.isEmpty() ? "" : " in " + environment) + " at " + nodes.size()
                        + (nodes.size() == 1 ? " address?" : " addresses?"));
        try (var client = new NodeClient()) {
            var where = environment.isEmpty() ? environment(client.list(nodes)) : new EnvironmentName(environment);
            var order = ordering.order(new OperatorOverride.Order(
                    id(), where, issuer(), reason, portolan().console().clock().instant()));
            var said = client.give(
                    nodes,
                    Json.bytes(Envelope.sign(OperatorOverride.TYPE, order, signer)),
                    portolan().dryRun());
            print(order, signer, said);
            return exitCode(said);
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    /** Makes the order of what its verb was told. */
    interface Ordering {
        OperatorOverride order(OperatorOverride.Order of);
    }

    private static String id() {
        var bytes = new byte[ID_BYTES];
        new SecureRandom().nextBytes(bytes);
        return "ov-" + HexFormat.of().formatHex(bytes);
    }

    private String issuer() {
        var actor = portolan().console().variable(Api.ACTOR);
        var user = actor.isEmpty() ? portolan().console().variable("USER") : actor;
        return user.isEmpty() ? "operator" : user;
    }

    private Signer signer() {
        var file = portolan().console().folder().resolve(key);
        try {
            return Signer.decode(Files.readString(file, StandardCharsets.US_ASCII));
        } catch (NoSuchFileException e) {
            throw new CommandFailure(
                    ExitCode.USAGE, "key: " + file + " is not there (make one: portolan operator-key create FILE)");
        } catch (IOException | IllegalArgumentException e) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "key: " + file + ": " + e.getMessage() + " (expected: a file that portolan operator-key create"
                            + " made)");
        }
    }

    private static EnvironmentName environment(List<NodeClient.Said<Overrides.Listing>> said) {
        var names = new LinkedHashSet<EnvironmentName>();
        var silent = new ArrayList<String>();
        for (var one : said) {
            switch (one) {
                case NodeClient.Said.Answered<Overrides.Listing> answered ->
                    names.add(answered.value().environment());
                case NodeClient.Said.Refused<Overrides.Listing> refused ->
                    silent.add(refused.node() + ": " + refused.problem().detail());
                case NodeClient.Said.Silent<Overrides.Listing> none -> silent.add(none.node() + ": " + none.reason());
            }
        }
        if (names.size() == 1) {
            return names.getFirst();
        }
        if (names.isEmpty()) {
            throw new CommandFailure(ExitCode.UNREACHABLE, "none of them answers", silent);
        }
        throw new CommandFailure(
                ExitCode.USAGE, "they are of several environments: " + names + " (expected: one, or --environment E)");
    }

    private void print(OperatorOverride order, Signer signer, List<NodeClient.Said<Overrides.Answer>> said) {
        var answers = new ArrayList<Map<String, Object>>();
        var table = new Table("ADDRESS", "NODE", "REGION", "OUTCOME", "VERSION");
        for (var one : said) {
            switch (one) {
                case NodeClient.Said.Answered<Overrides.Answer> answered -> {
                    var value = answered.value();
                    answers.add(Map.of("address", one.node().toString(), "answer", value));
                    table.row(
                            one.node().toString(),
                            value.node(),
                            value.nodeRegion(),
                            Paint.GOOD.mark((value.dryRun() ? "would be " : "") + words(value.outcome())),
                            value.version());
                }
                case NodeClient.Said.Refused<Overrides.Answer> refused -> {
                    answers.add(Map.of("address", one.node().toString(), "problem", refused.problem()));
                    table.row(one.node().toString(), "", "", Paint.BAD.mark("refused"), "");
                    portolan()
                            .note(one.node() + ": " + refused.problem().detail() + " ["
                                    + refused.problem().code() + "]");
                }
                case NodeClient.Said.Silent<Overrides.Answer> silent -> {
                    answers.add(Map.of("address", one.node().toString(), "unreachable", silent.reason()));
                    table.row(one.node().toString(), "", "", Paint.BAD.mark("no answer"), "");
                    portolan().note(one.node() + ": " + silent.reason());
                }
            }
        }
        var body = Map.of("override", order, "keyId", signer.keyId(), "answers", answers);
        portolan().print(new Reply(200, Json.bytes(body), ""), () -> {
            var lines = new ArrayList<>(table.lines());
            lines.add("override " + order.id() + ", signed with key " + signer.keyId());
            return lines;
        });
    }

    private static String words(Overrides.Outcome outcome) {
        return switch (outcome) {
            case IN_FORCE -> "in force";
            case UNCHANGED -> "unchanged";
            case LIFTED -> "lifted";
        };
    }

    private static int exitCode(List<NodeClient.Said<Overrides.Answer>> said) {
        boolean refused = said.stream().anyMatch(one -> one instanceof NodeClient.Said.Refused);
        boolean silent = said.stream().anyMatch(one -> one instanceof NodeClient.Said.Silent);
        return refused ? ExitCode.CONFLICT : silent ? ExitCode.UNREACHABLE : ExitCode.DONE;
    }
}
