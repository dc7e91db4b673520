package io.pallium.base.config;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What may stand at a place of the configuration tree, read from the Java types once. Immutable.
/// This is the one place that knows reflection.
sealed interface Shape {

  /// A single value.
  record Scalar(ScalarType type) implements Shape {}

  /// A list of single values or of sections.
  record ListOf(Shape element) implements Shape {}

  /// Texts to single values or to sections.
  record MapOf(Shape value) implements Shape {}

  /// A record: one key per component.
  record Section(Class<? extends Record> type, List<Member> members) implements Shape {

    /// All keys that may stand in this section in order, those of inlined records included.
    List<String> keys() {
      List<String> keys = new ArrayList<>();
      for (Member member : members) {
        if (member.isInline()) {
          keys.addAll(((Section) member.shape()).keys());
        } else {
          keys.add(member.key());
        }
      }
      return keys;
    }

    /// The value of the component that `member` stands for.
    @Nullable Object get(Record instance, Member member) {
      return call(member.component().getAccessor(), instance);
    }

    /// What the record's static `defaults()` returns, or null if it has none.
    @Nullable Record ownDefaults() {
      try {
        Method method = type.getDeclaredMethod("defaults");
        boolean fits = Modifier.isStatic(method.getModifiers()) && method.getReturnType() == type;
        return fits ? (Record) call(method, null) : null;
      } catch (NoSuchMethodException _) {
        return null;
      }
    }

    /// Calls the canonical constructor.
    ///
    /// @throws InvocationTargetException if the constructor refuses the values
    Record create(@Nullable Object[] values) throws InvocationTargetException {
      Class<?>[] types =
          members.stream().map(member -> member.component().getType()).toArray(Class<?>[]::new);
      try {
        var constructor = type.getDeclaredConstructor(types);
        constructor.setAccessible(true);
        return constructor.newInstance(values);
      } catch (NoSuchMethodException | InstantiationException | IllegalAccessException e) {
        throw new AssertionError("BUG: no canonical constructor in " + type.getName(), e);
      }
    }

    private static @Nullable Object call(Method method, @Nullable Object instance) {
      try {
        method.setAccessible(true);
        return method.invoke(instance);
      } catch (IllegalAccessException | InvocationTargetException e) {
        throw new AssertionError("BUG: cannot call " + method, e);
      }
    }
  }

  /// One component of a section.
  ///
  /// @param key its YAML key
  /// @param isInline whether the keys of its record stand in this section instead of `key`
  /// @param doc its documentation, or null if it has none
  record Member(
      String key, RecordComponent component, Shape shape, boolean isInline, @Nullable Doc doc) {
    boolean isSecret() {
      return doc != null && doc.secret();
    }
  }

  /// The shape of a record and all that is in it.
  ///
  /// @throws IllegalArgumentException if a component has a type that cannot be configured, if a
  ///   record contains itself, or if two components have one name
  static Section of(Class<? extends Record> type) {
    return section(type, new ArrayDeque<>());
  }

  private static Section section(Class<? extends Record> type, Deque<Class<?>> around) {
    if (around.contains(type)) {
      throw new IllegalArgumentException("configuration record " + type.getName() + " has itself");
    }
    around.push(type);
    List<Member> members = new ArrayList<>();
    for (RecordComponent component : type.getRecordComponents()) {
      members.add(member(component, around));
    }
    around.pop();
    Section section = new Section(type, List.copyOf(members));
    refuseSameNames(section);
    return section;
  }

  private static Member member(RecordComponent component, Deque<Class<?>> around) {
    Shape shape = shape(component, component.getGenericType(), around);
    boolean isInline = component.isAnnotationPresent(Inline.class);
    if (isInline && !(shape instanceof Section)) {
      throw new IllegalArgumentException("@Inline component " + component + " is not a record");
    }
    return new Member(
        KeyName.ofComponent(component.getName()),
        component,
        shape,
        isInline,
        component.getAnnotation(Doc.class));
  }

  private static Shape shape(RecordComponent component, Type type, Deque<Class<?>> around) {
    if (type instanceof Class<?> plain) {
      if (plain.isRecord() && ScalarType.of(plain).isEmpty()) {
        return section(plain.asSubclass(Record.class), around);
      }
      return ScalarType.of(plain)
          .map(Scalar::new)
          .orElseThrow(() -> cannotBeConfigured(component, type));
    }
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      if (generic.getRawType() == List.class && arguments[0] instanceof Class<?>) {
        return new ListOf(shape(component, unboxed(arguments[0]), around));
      }
      if (generic.getRawType() == Map.class
          && arguments[0] == String.class
          && arguments[1] instanceof Class<?>) {
        return new MapOf(shape(component, unboxed(arguments[1]), around));
      }
    }
    throw cannotBeConfigured(component, type);
  }

  private static Type unboxed(Type type) {
    if (type == Integer.class) {
      return int.class;
    }
    if (type == Long.class) {
      return long.class;
    }
    if (type == Double.class) {
      return double.class;
    }
    return type == Boolean.class ? boolean.class : type;
  }

  private static IllegalArgumentException cannotBeConfigured(RecordComponent component, Type type) {
    return new IllegalArgumentException(
        "component "
            + component.getName()
            + " of "
            + component.getDeclaringRecord().getName()
            + " has type "
            + type.getTypeName()
            + ", which cannot be configured");
  }

  private static void refuseSameNames(Section section) {
    Map<String, String> owners = new LinkedHashMap<>();
    for (Member member : section.members()) {
      List<String> keys =
          member.isInline() ? ((Section) member.shape()).keys() : List.of(member.key());
      for (String key : keys) {
        String owner =
            member.isInline()
                ? member.component().getType().getSimpleName()
                : section.type().getSimpleName();
        String other = owners.putIfAbsent(key, owner);
        if (other != null) {
          throw new IllegalArgumentException(
              "two configuration keys have one name: " + key + " of " + other + " and " + owner);
        }
      }
    }
  }
}
