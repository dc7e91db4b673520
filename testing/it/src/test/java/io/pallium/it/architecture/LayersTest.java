package io.pallium.it.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Which part of the product may know which.
class LayersTest {
  private static final PackageRules RULES = new PackageRules("io.pallium");

  static Stream<String> modules() {
    return PackageRules.ALLOWED.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("modules")
  void moduleUsesOnlyWhatLiesBelowIt(String module) {
    RULES.moduleUsesOnlyWhatLiesBelowIt(module).check(Product.CLASSES);
  }

  @Test
  void everyModuleHasItsPlaceInTheLayers() {
    Set<String> modules =
        Product.CLASSES.stream()
            .map(type -> type.getPackageName().split("\\.", -1)[2])
            .collect(Collectors.toSet());

    assertThat(modules).isNotEmpty().isSubsetOf(PackageRules.ALLOWED.keySet());
  }

  @Test
  void packagesHaveNoCycles() {
    RULES.packagesHaveNoCycles().check(Product.CLASSES);
  }

  @Test
  void servicesDoNotSeeEachOther() {
    RULES.servicesDoNotSeeEachOther().check(Product.CLASSES);
  }

  @Test
  void labelsAreNotOrderedAsStrings() {
    RULES.labelsAreNotOrderedAsStrings().check(Product.CLASSES);
  }
}
