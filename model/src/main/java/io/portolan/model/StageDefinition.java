package io.portolan.model;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Ordered stages of an environment; the last takes every region that no other names. Immutable.
 *
 * <p>A stage may name regions that the environment does not have (yet): it is then skipped by rollouts, and its alias still
 * serves its version.
 *
 * @param stages in rollout order, one or more
 */
public record StageDefinition(List<Stage> stages) {
    public StageDefinition {
        stages = List.copyOf(stages);
        if (stages.isEmpty()) {
            throw new IllegalArgumentException("stage definition: no stages (expected: at least one)");
        }
        var names = new HashSet<String>();
        var regions = new HashSet<String>();
        for (int i = 0; i < stages.size(); i++) {
            var stage = stages.get(i);
            boolean last = i == stages.size() - 1;
            if (!names.add(stage.name())) {
                throw new IllegalArgumentException("stage definition: stage " + stage.name() + " stands twice");
            }
            if (stage.isRest() != last) {
                throw new IllegalArgumentException("stage definition: stage " + stage.name()
                        + (last
                                ? " is the last and does not end with \"*\""
                                : ": \"*\" may stand in the last stage only"));
            }
            for (var region : stage.regions()) {
                if (!region.equals(Stage.REST) && !regions.add(region)) {
                    throw new IllegalArgumentException("stage definition: region " + region + " stands in two stages");
                }
            }
        }
    }

    /** The reference service's definition for its public cloud. */
    public static StageDefinition standard() {
        return new StageDefinition(List.of(
                new Stage("stage1", List.of("centraluseuap")),
                new Stage("stage2", List.of("westcentralus")),
                new Stage("stage3", List.of("southcentralus")),
                new Stage("stage4", List.of("westus")),
                new Stage("stage5", List.of(Stage.REST))));
    }

    /**
     * The definition of a cloud where nobody gave another one.
     *
     * @param cloud {@code public}, {@code china} or {@code us-government}
     */
    public static StageDefinition of(String cloud) {
        return switch (cloud) {
            case "public" -> standard();
            case "china" -> firstThenRest("chinanorth");
            // The reference's first region there, usgovcentral, is no region any more.
            case "us-government" -> firstThenRest("usgovvirginia");
            default ->
                throw new IllegalArgumentException(
                        cloud + " (expected: public, china or us-government; or stages of your own)");
        };
    }

    private static StageDefinition firstThenRest(String region) {
        return new StageDefinition(
                List.of(new Stage("stage1", List.of(region)), new Stage("stage2", List.of(Stage.REST))));
    }

    /** Stage that the region belongs to: the one that names it, else the last. */
    public Stage stageOf(RegionName region) {
        return stages.stream()
                .filter(stage -> stage.regions().contains(region.value()))
                .findFirst()
                .orElseGet(stages::getLast);
    }

    /**
     * The same with a region in one of its stages beside those that it names. Where it names the region already, where that is the last
     * stage, which takes it in anyhow, and where there is no such stage, it is the same.
     */
    public StageDefinition taking(RegionName region, String name) {
        if (stages.getLast().name().equals(name)
                || stages.stream().anyMatch(stage -> stage.regions().contains(region.value()))) {
            return this;
        }
        return new StageDefinition(stages.stream()
                .map(stage -> stage.name().equals(name)
                        ? new Stage(
                                name,
                                Stream.concat(stage.regions().stream(), Stream.of(region.value()))
                                        .toList())
                        : stage)
                .toList());
    }

    /** Those of the given regions that belong to the stage, in their given order. */
    public List<RegionName> regionsOf(Stage stage, Collection<RegionName> regions) {
        return regions.stream().filter(region -> stageOf(region).equals(stage)).toList();
    }

    /** The stage of that name. */
    public Optional<Stage> stage(String name) {
        return stages.stream().filter(stage -> stage.name().equals(name)).findFirst();
    }
}
