package io.pallium.it.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.linecorp.armeria.common.HttpStatus;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaFieldAccess;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchRule;
import io.pallium.base.HotPath;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.BaseStream;
import org.junit.jupiter.api.Test;

/// What product code may not do.
class CodeRulesTest {
  private static final Set<String> BOXES =
      Set.of(
          "java.lang.Boolean",
          "java.lang.Byte",
          "java.lang.Character",
          "java.lang.Double",
          "java.lang.Float",
          "java.lang.Integer",
          "java.lang.Long",
          "java.lang.Short");

  /// Where strings are ordered that are no labels, and what they are.
  private static final Map<String, String> STRINGS_THAT_ARE_NO_LABELS =
      Map.of(
          "io.pallium.model.TenantId", "tenant ids are ASCII",
          "io.pallium.tsdb.block.Blocks", "ULIDs are ASCII");

  private static final DescribedPredicate<JavaClass> HOT =
      describe(
          "are marked @HotPath",
          type -> {
            for (Optional<JavaClass> at = Optional.of(type);
                at.isPresent();
                at = at.get().getEnclosingClass()) {
              if (at.get().isAnnotatedWith(HotPath.class)) {
                return true;
              }
            }
            return false;
          });

  @Test
  void hotPathsUseNoStreamsAndNoOptional() {
    check(
        noClasses()
            .that(HOT)
            .should()
            .dependOnClassesThat(
                describe(
                    "are streams or optional values",
                    type ->
                        type.isAssignableTo(BaseStream.class)
                            || type.isEquivalentTo(Optional.class)
                            || type.isEquivalentTo(OptionalInt.class)
                            || type.isEquivalentTo(OptionalLong.class)
                            || type.isEquivalentTo(OptionalDouble.class))));
  }

  @Test
  void hotPathsNeitherBoxNorFormat() {
    check(
        noClasses()
            .that(HOT)
            .should()
            .accessTargetWhere(
                describe("boxes or formats", access -> boxes(access) || formats(access))));
  }

  private static boolean boxes(JavaAccess<?> access) {
    return access.getTarget().getName().equals("valueOf")
        && BOXES.contains(access.getTargetOwner().getName());
  }

  private static boolean formats(JavaAccess<?> access) {
    return access.getTargetOwner().isEquivalentTo(String.class)
        && Set.of("format", "formatted").contains(access.getTarget().getName());
  }

  @Test
  void labelsAreNotOrderedAsStrings() {
    check(
        noClasses()
            .that(
                resideInAnyPackage(
                    "io.pallium.model..",
                    "io.pallium.storage..",
                    "io.pallium.tsdb..",
                    "io.pallium.promql..",
                    "io.pallium.service.."))
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
                                .contains(access.getTarget().getName()))));
  }

  @Test
  void nothingSleeps() {
    check(
        noClasses()
            .should()
            .accessTargetWhere(
                describe(
                    "sleeps",
                    access ->
                        access.getTargetOwner().isEquivalentTo(Thread.class)
                            && access.getTarget().getName().equals("sleep"))));
  }

  @Test
  void onlyErrorMappingWritesTheStatusOfAnError() {
    check(
        noClasses()
            .that()
            .doNotHaveFullyQualifiedName("io.pallium.server.api.ErrorMapping")
            .should()
            .accessTargetWhere(
                describe("makes the HTTP status of an error", CodeRulesTest::makesErrorStatus)));
  }

  private static boolean makesErrorStatus(JavaAccess<?> access) {
    if (!access.getTargetOwner().isEquivalentTo(HttpStatus.class)) {
      return false;
    }
    if (access instanceof JavaFieldAccess) {
      try {
        return HttpStatus.class.getField(access.getTarget().getName()).get(null)
                instanceof HttpStatus status
            && status.code() >= 400;
      } catch (ReflectiveOperationException e) {
        throw new AssertionError("BUG: no such field: " + access.getTarget().getFullName(), e);
      }
    }
    return access.getTarget().getName().equals("valueOf");
  }

  @Test
  void staticFieldsDoNotChange() {
    check(
        fields()
            .that()
            .areStatic()
            .and()
            .doNotHaveModifier(JavaModifier.SYNTHETIC)
            .should()
            .beFinal()
            .andShould()
            .notHaveRawType(
                describe(
                    "changes",
                    type ->
                        type.getPackageName().equals("java.util.concurrent.atomic")
                            || (type.isAssignableTo(Collection.class) && !type.isInterface())
                            || (type.isAssignableTo(Map.class) && !type.isInterface()))));
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(Product.CLASSES);
  }
}
