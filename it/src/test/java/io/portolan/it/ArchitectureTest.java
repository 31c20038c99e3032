package io.portolan.it;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Holds the direction of the modules, and the calls that are banned. */
class ArchitectureTest {
    /** What each module may use; a module that is not here may not exist. */
    private static final Map<String, Set<String>> MAY_USE = new TreeMap<>(Map.ofEntries(
            Map.entry("model", Set.of()),
            Map.entry("planner", Set.of("model")),
            Map.entry("artifact", Set.of("model")),
            Map.entry("storage", Set.of("model")),
            Map.entry("protocol", Set.of("model")),
            Map.entry("placement", Set.of("model")),
            Map.entry("sync", Set.of("model", "protocol")),
            Map.entry("observation", Set.of("model", "planner", "protocol")),
            Map.entry("control", Set.of("model", "planner", "artifact", "storage", "protocol", "placement")),
            Map.entry("loader", Set.of()),
            Map.entry("runtime", Set.of("model", "protocol")),
            Map.entry("kubernetes", Set.of("model", "runtime")),
            Map.entry(
                    "region",
                    Set.of("model", "planner", "artifact", "protocol", "sync", "observation", "loader", "runtime")),
            Map.entry("director", Set.of("model", "planner", "protocol", "sync", "observation")),
            Map.entry("cli", Set.of("model", "protocol", "artifact", "placement")),
            Map.entry("testkit", Set.of("model", "protocol")),
            Map.entry(
                    "dist",
                    Set.of(
                            "model",
                            "planner",
                            "artifact",
                            "storage",
                            "protocol",
                            "placement",
                            "sync",
                            "observation",
                            "loader",
                            "control",
                            "region",
                            "runtime",
                            "kubernetes",
                            "director",
                            "cli"))));

    private static JavaClasses classes = new ClassFileImporter().importClasses();

    @BeforeAll
    static void read() {
        classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .withImportOption(location -> !location.contains("/test-classes/"))
                .importPackages("io.portolan");
    }

    @Test
    void everyModuleUsesOnlyWhatItMay() {
        assertThat(classes).hasSizeGreaterThan(100);
        MAY_USE.forEach((module, allowed) -> {
            var forbidden = MAY_USE.keySet().stream()
                    .filter(other -> !other.equals(module) && !allowed.contains(other))
                    .map(ArchitectureTest::inModule)
                    .toArray(String[]::new);
            if (forbidden.length > 0) {
                noClasses()
                        .that()
                        .resideInAPackage(inModule(module))
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(forbidden)
                        .check(classes);
            }
        });
    }

    @Test
    void everyModuleIsKnownHere() {
        var modules = classes.stream()
                .map(type -> type.getPackageName().split("\\.", -1)[2])
                .distinct()
                .toList();

        assertThat(MAY_USE.keySet()).containsAll(modules);
    }

    /** It is large, and may bring another JSON library along: nobody else may come to lean on either. */
    @Test
    void onlyTheRuntimeForKubernetesKnowsItsLibrary() {
        noClasses()
                .that()
                .resideOutsideOfPackage(inModule("kubernetes"))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.fabric8..", "com.fasterxml.jackson.core..", "com.fasterxml.jackson.databind..")
                .check(classes);
    }

    @Test
    void onlyTheRuntimeForKubernetesDependsOnItsLibrary() throws IOException {
        var root = Path.of(System.getProperty("portolan.root"));
        try (var folders = Files.list(root)) {
            var depending = folders.filter(folder -> Files.isRegularFile(folder.resolve("pom.xml")))
                    .filter(folder -> text(folder.resolve("pom.xml")).contains("io.fabric8"))
                    .toList();
            assertThat(depending).containsExactly(root.resolve("runtime-kubernetes"));
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.portolan.(**)").should().beFreeOfCycles().check(classes);
    }

    @Test
    void theModelAndThePlannerUseNothingButTheJdk() {
        noClasses()
                .that()
                .resideInAnyPackage(inModule("model"), inModule("planner"))
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages("java..", "io.portolan..", "org.jspecify..", "")
                .check(classes);
        noClasses()
                .that()
                .resideInAnyPackage(inModule("model"), inModule("planner"))
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                                "java.io..", "java.net..", "java.nio.file..", "java.nio.channels..", "org.slf4j..")
                        .and(not(belongToAnyOf(InetAddress.class, Inet4Address.class, Inet6Address.class))))
                .check(classes);
        // An address is a value; looking a name up is not.
        noClasses()
                .that()
                .resideInAnyPackage(inModule("model"), inModule("planner"))
                .should()
                .callMethod(InetAddress.class, "getByName", String.class)
                .orShould()
                .callMethod(InetAddress.class, "getAllByName", String.class)
                .orShould()
                .callMethod(InetAddress.class, "getHostName")
                .check(classes);
    }

    @Test
    void packagesOfThePlannerDoNotUseEachOther() {
        slices().matching("io.portolan.planner.(*)..")
                .should()
                .notDependOnEachOther()
                .check(classes);
    }

    @Test
    void theClockComesInFromOutside() {
        noClasses()
                .that()
                .haveSimpleNameNotEndingWith("Main")
                .and()
                .resideOutsideOfPackage(inModule("testkit"))
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .check(classes);
    }

    @Test
    void nothingEndsTheProcessButMain() {
        noClasses()
                .that()
                .haveSimpleNameNotEndingWith("Main")
                .and()
                .resideOutsideOfPackage(inModule("testkit"))
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "halt", int.class)
                .check(classes);
    }

    private static String inModule(String module) {
        return "io.portolan." + module + "..";
    }
}
