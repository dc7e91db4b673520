package io.pallium.it.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
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

/// What code may not do, in whatever package it is.
final class CodeRules {
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

  static ArchRule hotPathsUseNoStreamsAndNoOptional() {
    return noClasses()
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
                        || type.isEquivalentTo(OptionalDouble.class)))
        .allowEmptyShould(true);
  }

  static ArchRule hotPathsNeitherBoxNorFormat() {
    return noClasses()
        .that(HOT)
        .should()
        .accessTargetWhere(describe("boxes or formats", access -> boxes(access) || formats(access)))
        .allowEmptyShould(true);
  }

  private static boolean boxes(JavaAccess<?> access) {
    return access.getTarget().getName().equals("valueOf")
        && BOXES.contains(access.getTargetOwner().getName());
  }

  private static boolean formats(JavaAccess<?> access) {
    return access.getTargetOwner().isEquivalentTo(String.class)
        && Set.of("format", "formatted").contains(access.getTarget().getName());
  }

  static ArchRule nothingSleeps() {
    return noClasses()
        .should()
        .accessTargetWhere(
            describe(
                "sleeps",
                access ->
                    access.getTargetOwner().isEquivalentTo(Thread.class)
                        && access.getTarget().getName().equals("sleep")))
        .allowEmptyShould(true);
  }

  static ArchRule onlyErrorMappingWritesTheStatusOfAnError() {
    return noClasses()
        .that()
        .doNotHaveFullyQualifiedName("io.pallium.server.api.ErrorMapping")
        .should()
        .accessTargetWhere(
            describe("makes the HTTP status of an error", CodeRules::makesErrorStatus))
        .allowEmptyShould(true);
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

  static ArchRule staticFieldsDoNotChange() {
    return fields()
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
                        || (type.isAssignableTo(Map.class) && !type.isInterface())))
        .allowEmptyShould(true);
  }

  private CodeRules() {}
}
