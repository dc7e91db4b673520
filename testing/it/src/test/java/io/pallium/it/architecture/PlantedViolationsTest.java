package io.pallium.it.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Each rule finds the violations that were planted for it, and only those.
class PlantedViolationsTest {
  private static final String ROOT = "io.pallium.it.architecture.planted";
  private static final PackageRules RULES = new PackageRules(ROOT);
  private static final JavaClasses PLANTED = new ClassFileImporter().importPackages(ROOT);

  static Stream<Arguments> plants() {
    return Stream.of(
        plant(RULES.moduleUsesOnlyWhatLiesBelowIt("promql"), "promql.QueryThatKnowsTheHead"),
        plant(RULES.packagesHaveNoCycles(), "cycle.first.First", "cycle.second.Second"),
        plant(
            RULES.servicesDoNotSeeEachOther(),
            "service.distributor.DistributorThatKnowsTheQuerier"),
        plant(
            RULES.labelsAreNotOrderedAsStrings(),
            "model.LabelsOrderedAsStrings",
            "model.LabelsOrderedByReference"),
        plant(CodeRules.hotPathsUseNoStreamsAndNoOptional(), "hot.HotStream", "hot.HotOptional"),
        plant(CodeRules.hotPathsNeitherBoxNorFormat(), "hot.HotBoxing$Inner", "hot.HotFormat"),
        plant(CodeRules.nothingSleeps(), "server.Sleeper"),
        plant(CodeRules.onlyErrorMappingWritesTheStatusOfAnError(), "server.StatusWriter"),
        plant(CodeRules.staticFieldsDoNotChange(), "server.StaticState"));
  }

  private static Arguments plant(ArchRule rule, String... violators) {
    return Arguments.of(rule, List.of(violators));
  }

  @ParameterizedTest
  @MethodSource("plants")
  void ruleFindsItsPlantsAndNothingElse(ArchRule rule, List<String> violators) {
    List<String> details = rule.evaluate(PLANTED).getFailureReport().getDetails();

    for (String violator : violators) {
      assertThat(details).anySatisfy(line -> assertThat(line).contains(ROOT + "." + violator));
    }
    assertThat(details)
        .allSatisfy(
            line ->
                assertThat(violators).anySatisfy(v -> assertThat(line).contains(ROOT + "." + v)));
  }

  @Test
  void plantsAreNotTakenForTheProduct() {
    assertThat(PLANTED).hasSizeGreaterThan(15);
    assertThat(Product.CLASSES).noneMatch(type -> type.getPackageName().startsWith(ROOT));
  }
}
