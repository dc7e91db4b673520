package io.pallium.it.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Which module may know which.
class LayersTest {
  /// What each module may use beside itself.
  private static final Map<String, List<String>> ALLOWED =
      Map.of(
          "base", List.of(),
          "model", List.of("base"),
          "chunk", List.of("base", "model"),
          "storage", List.of("base", "model", "chunk"),
          "tsdb", List.of("base", "model", "chunk", "storage"),
          "promql", List.of("base", "model", "chunk", "storage"),
          "cluster", List.of("base", "model", "chunk", "storage"),
          "service", List.of("base", "model", "chunk", "storage", "tsdb", "promql", "cluster"),
          "server",
              List.of("base", "model", "chunk", "storage", "tsdb", "promql", "cluster", "service"));

  static Stream<String> modules() {
    return ALLOWED.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("modules")
  void moduleUsesOnlyWhatLiesBelowIt(String module) {
    String[] known =
        Stream.concat(Stream.of(module), ALLOWED.getOrDefault(module, List.of()).stream())
            .map(name -> "io.pallium." + name + "..")
            .toArray(String[]::new);

    classes()
        .that()
        .resideInAPackage("io.pallium." + module + "..")
        .should()
        .onlyDependOnClassesThat(
            resideOutsideOfPackage("io.pallium..").or(resideInAnyPackage(known)))
        .allowEmptyShould(true)
        .check(Product.CLASSES);
  }

  @Test
  void everyModuleHasItsPlaceInTheLayers() {
    Set<String> modules =
        Product.CLASSES.stream()
            .map(type -> type.getPackageName().split("\\.", -1)[2])
            .collect(Collectors.toSet());

    assertThat(modules).isNotEmpty().isSubsetOf(ALLOWED.keySet());
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.pallium.(**)").should().beFreeOfCycles().check(Product.CLASSES);
  }

  @Test
  void servicesDoNotSeeEachOther() {
    slices()
        .matching("io.pallium.service.(*)..")
        .should()
        .notDependOnEachOther()
        .allowEmptyShould(true)
        .check(Product.CLASSES);
  }
}
