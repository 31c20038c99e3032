package io.portolan.region;

import io.portolan.artifact.ServedFile;
import io.portolan.artifact.ServedManifest;
import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.testkit.RevisionServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A version in the making: its files, and how the store gets them. */
final class Release {
    private final String extension;
    final String label;
    private final Map<String, byte[]> files = new LinkedHashMap<>();
    private final Map<String, Map<String, byte[]>> variants = new LinkedHashMap<>();
    private final List<ControllerSpec> controllers = new ArrayList<>();
    private String entry = "index.html";
    private List<String> portals = List.of("*");

    Release(String extension, String label) {
        this.extension = extension;
        this.label = label;
    }

    /** A page, a script and a picture whose text says the version. */
    static Release simple(String extension, String label) {
        return new Release(extension, label)
                .file(
                        "index.html",
                        "<!doctype html><html><head><title>" + label + "</title></head><body></body></html>")
                .file("app.js", "export const version = '" + label + "';")
                .file("img/logo é.svg", "<svg xmlns='http://www.w3.org/2000/svg'><!-- " + label + " --></svg>");
    }

    Release file(String path, String text) {
        return file(path, text.getBytes(StandardCharsets.UTF_8));
    }

    Release file(String path, byte[] bytes) {
        files.put(path, bytes);
        return this;
    }

    /** Gives a file a variant; what the bytes are is not looked at. */
    Release variant(String path, String coding, byte[] bytes) {
        variants.computeIfAbsent(path, first -> new LinkedHashMap<>()).put(coding, bytes);
        return this;
    }

    Release controller(ControllerSpec spec) {
        controllers.add(spec);
        return this;
    }

    Release entry(String path) {
        entry = path;
        return this;
    }

    Release portals(String... hosts) {
        portals = List.of(hosts);
        return this;
    }

    String label() {
        return label;
    }

    byte[] bytes(String path) {
        return files.getOrDefault(path, new byte[0]);
    }

    Digest digest(String path) {
        return Digest.of(bytes(path));
    }

    /** Its files and manifest are put into the store; the result is what documents name. */
    Digest store(RevisionServer server) {
        files.values().forEach(server::blob);
        variants.values().forEach(codings -> codings.values().forEach(server::blob));
        return server.blob(manifest().toJson());
    }

    /** Writes the files into a folder, variants beside them with the endings that web servers know. */
    void writeTo(Path folder) throws IOException {
        for (var file : files.entrySet()) {
            var path = folder.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.write(path, file.getValue());
            for (var variant : variants.getOrDefault(file.getKey(), Map.of()).entrySet()) {
                var ending = variant.getKey().equals("gzip") ? ".gz" : "." + variant.getKey();
                Files.write(folder.resolve(file.getKey() + ending), variant.getValue());
            }
        }
    }

    Digest identity() {
        return Digest.of((extension + label).getBytes(StandardCharsets.UTF_8));
    }

    ServedManifest manifest() {
        var served = new ArrayList<ServedFile>();
        files.forEach((path, bytes) -> served.add(
                new ServedFile(path, Digest.of(bytes), bytes.length, type(path), "sha384-none", variants(path))));
        return new ServedManifest(
                ServedManifest.SCHEMA,
                new ExtensionName(extension),
                new VersionLabel(label),
                identity(),
                entry,
                portals,
                served,
                List.of(),
                controllers);
    }

    private List<ServedFile.Variant> variants(String path) {
        return variants.getOrDefault(path, Map.of()).entrySet().stream()
                .map(each -> new ServedFile.Variant(each.getKey(), Digest.of(each.getValue()), each.getValue().length))
                .toList();
    }

    private static String type(String path) {
        if (path.endsWith(".html")) {
            return "text/html; charset=utf-8";
        }
        if (path.endsWith(".svg")) {
            return "image/svg+xml";
        }
        return path.endsWith("js") ? "text/javascript; charset=utf-8" : "application/octet-stream";
    }
}
