package io.portolan.cli;

import io.portolan.protocol.Json;
import io.portolan.protocol.Signer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Keys with which operators sign overrides. One thread at a time. */
@Command(
        name = "operator-key",
        description =
                "Makes the key pairs with which operators sign overrides, and says which of them an environment obeys.",
        subcommands = {
            OperatorKeyCommands.Create.class,
            OperatorKeyCommands.Add.class,
            OperatorKeyCommands.Listing.class,
            OperatorKeyCommands.Remove.class
        })
final class OperatorKeyCommands extends Group {
    /** {@code operator-key create}. */
    @Command(
            name = "create",
            description = {
                "Makes a key pair in FILE, for its owner only, and prints the public half. The pair never leaves this machine:"
                        + " keep it where it can be reached when nothing else can."
            },
            footer = {
                "",
                "Example:",
                "  portolan operator-key create olivia.key",
                "  portolan operator-key add olivia.key --name olivia"
            })
    static final class Create extends Verb {
        @Parameters(paramLabel = "FILE", description = "File to make; one that exists is left alone.")
        private Path file;

        @Override
        protected int run() {
            var path = portolan().console().folder().resolve(file);
            var pair = Signer.generate();
            if (!portolan().dryRun()) {
                write(path, pair);
            }
            var body = Map.of("file", path.toString(), "keyId", pair.keyId(), "publicKey", pair.publicKeyText());
            portolan()
                    .print(
                            new Reply(200, Json.bytes(body), ""),
                            () -> portolan().dryRun()
                                    ? List.of("would make a key pair in " + path)
                                    : List.of(
                                            "key     " + pair.keyId(),
                                            "public  " + pair.publicKeyText(),
                                            "list it with: portolan operator-key add " + file
                                                    + ", or in the control plane's settings: operator-keys"));
            return ExitCode.DONE;
        }

        private static void write(Path path, Signer pair) {
            var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
            try (var channel = Files.newByteChannel(
                    path, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly)) {
                channel.write(java.nio.ByteBuffer.wrap((pair.encoded() + "\n").getBytes(StandardCharsets.US_ASCII)));
            } catch (FileAlreadyExistsException e) {
                throw new CommandFailure(ExitCode.CONFLICT, "file: " + path + " exists (expected: a new one)");
            } catch (IOException e) {
                throw new CommandFailure(ExitCode.FAILED, "making " + path + ": " + e);
            }
        }
    }

    /** {@code operator-key add}. */
    @Command(
            name = "add",
            description = "Lets an environment obey overrides signed with a key; from its next revision on.",
            footer = {"", "Example:", "  portolan operator-key add olivia.key --name olivia"})
    static final class Add extends Verb {
        @Parameters(paramLabel = "KEY", description = "File of the key pair, or the public half itself.")
        private String key;

        @Option(names = "--name", paramLabel = "N", defaultValue = "", description = "Of whom it is.")
        private String name = "";

        @Option(
                names = "--environment",
                paramLabel = "E",
                defaultValue = "",
                description = "Environment; the last of the train unless given.")
        private String environment = "";

        @Override
        protected int run() {
            var where = portolan().environment(environment);
            var reply = api().post(path(where), Map.of("publicKey", publicKey(), "name", name));
            var id = Trees.text(reply.tree(), "keyId");
            portolan()
                    .print(
                            reply,
                            () -> List.of(
                                    (portolan().dryRun() ? "would list" : "listed") + " key " + id + " in " + where));
            return ExitCode.DONE;
        }

        /** Only the public half leaves this machine. */
        private String publicKey() {
            var file = portolan().console().folder().resolve(key);
            if (!Files.isRegularFile(file)) {
                return key;
            }
            try {
                return Signer.decode(Files.readString(file, StandardCharsets.US_ASCII))
                        .publicKeyText();
            } catch (IOException | IllegalArgumentException e) {
                throw new CommandFailure(ExitCode.USAGE, "key: " + file + ": " + e.getMessage());
            }
        }
    }

    private static String path(String environment) {
        return "/v1/environments/" + Api.segment(environment) + "/operator-keys";
    }

    /** {@code operator-key list}. */
    @Command(name = "list", description = "Lists the keys whose overrides an environment obeys.")
    static final class Listing extends Verb {
        @Option(
                names = "--environment",
                paramLabel = "E",
                defaultValue = "",
                description = "Environment; the last of the train unless given.")
        private String environment = "";

        @Override
        protected int run() {
            var reply = api().get(path(portolan().environment(environment)));
            portolan().print(reply, () -> {
                var table = new Table("KEY", "NAME", "FROM", "PUBLIC");
                for (var key : reply.items()) {
                    table.row(
                            Trees.text(key, "keyId"),
                            Trees.text(key, "name"),
                            key.path("settings").asBoolean(false) ? "settings" : "command",
                            Trees.text(key, "publicKey"));
                }
                var lines = new ArrayList<>(table.lines());
                return table.isEmpty() ? List.of("no key: overrides are not obeyed") : lines;
            });
            return ExitCode.DONE;
        }
    }

    /** {@code operator-key remove}. */
    @Command(
            name = "remove",
            description = "Overrides signed with the key are not taken any more, from the next revision on.")
    static final class Remove extends Verb {
        @Parameters(paramLabel = "KEY", description = "Id of the key, as operator-key list shows it.")
        private String key;

        @Option(
                names = "--environment",
                paramLabel = "E",
                defaultValue = "",
                description = "Environment; the last of the train unless given.")
        private String environment = "";

        @Override
        protected int run() {
            var where = portolan().environment(environment);
            var reply = api().delete(path(where) + "/" + Api.segment(key));
            portolan()
                    .print(
                            reply,
                            () -> List.of((portolan().dryRun() ? "would remove" : "removed") + " key " + key + " from "
                                    + where));
            return ExitCode.DONE;
        }
    }
}
