package io.pallium.it.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;

import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// The rules that go by packages, for the packages under a root: `io.pallium` is the product.
final class PackageRules {
  /// What each module may use beside itself.
  static final Map<String, List<String>> ALLOWED =
      Map.ofEntries(
          entry("base", List.of()),
          entry("model", List.of("base")),
          entry("chunk", List.of("base", "model")),
          entry("storage", List.of("base", "model", "chunk")),
          entry("tsdb", List.of("base", "model", "chunk", "storage")),
          entry("promql", List.of("base", "model", "chunk", "storage")),
          entry("cluster", List.of("base", "model", "chunk", "storage")),
          entry("objectstore", List.of("base")),
          entry("bucket", List.of("base", "model", "tsdb", "objectstore")),
          entry("s3", List.of("base", "objectstore")),
          entry("cassandra", List.of("base", "objectstore")),
          entry("dynamodb", List.of("base", "objectstore")),
          entry("bigtable", List.of("base", "objectstore")),
          entry("gcs", List.of("base", "objectstore")),
          entry("azure", List.of("base", "objectstore")),
          entry(
              "service",
              List.of(
                  "base",
                  "model",
                  "chunk",
                  "storage",
                  "tsdb",
                  "promql",
                  "cluster",
                  "objectstore",
                  "bucket")),
          entry(
              "server",
              List.of(
                  "base",
                  "model",
                  "chunk",
                  "storage",
                  "tsdb",
                  "promql",
                  "cluster",
                  "service",
                  "objectstore",
                  "bucket",
                  "s3",
                  "gcs",
                  "azure",
                  "cassandra",
                  "dynamodb",
                  "bigtable")));

  /// Where strings are ordered that are no labels, and what they are.
  private static final Map<String, String> STRINGS_THAT_ARE_NO_LABELS =
      Map.of(
          "io.pallium.model.TenantId", "tenant ids are ASCII",
          "io.pallium.tsdb.block.Blocks", "ULIDs are ASCII");

  private final String root;

  PackageRules(String root) {
    this.root = root;
  }

  ArchRule moduleUsesOnlyWhatLiesBelowIt(String module) {
    String[] known =
        Stream.concat(Stream.of(module), ALLOWED.getOrDefault(module, List.of()).stream())
            .map(this::under)
            .toArray(String[]::new);
    return classes()
        .that()
        .resideInAPackage(under(module))
        .should()
        .onlyDependOnClassesThat(resideOutsideOfPackage(root + "..").or(resideInAnyPackage(known)))
        .allowEmptyShould(true);
  }

  ArchRule packagesHaveNoCycles() {
    return slices().matching(root + ".(**)").should().beFreeOfCycles();
  }

  ArchRule servicesDoNotSeeEachOther() {
    return slices()
        .matching(root + ".service.(*)..")
        .should()
        .notDependOnEachOther()
        .allowEmptyShould(true);
  }

  ArchRule labelsAreNotOrderedAsStrings() {
    return noClasses()
        .that(
            resideInAnyPackage(
                Stream.of("model", "storage", "tsdb", "promql", "service")
                    .map(this::under)
                    .toArray(String[]::new)))
        .and(
            describe(
                "are not listed as ordering other strings",
                type -> !STRINGS_THAT_ARE_NO_LABELS.containsKey(type.getName())))
        .should()
        .accessTargetWhere(
            describe(
                "orders strings by UTF-16 units",
                access ->
                    access.getTargetOwner().isEquivalentTo(String.class)
                        && Set.of("compareTo", "compareToIgnoreCase")
                            .contains(access.getTarget().getName())));
  }

  private String under(String module) {
    return root + "." + module + "..";
  }
}
