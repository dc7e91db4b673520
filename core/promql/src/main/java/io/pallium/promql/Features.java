package io.pallium.promql;

import io.pallium.base.BadRequestException;
import io.pallium.promql.parse.ParserOptions;
import java.util.EnumSet;
import java.util.Set;

/// What is switched on of the language. Immutable.
///
/// @param enabled what is
public record Features(Set<Feature> enabled) {
  /// What a Prometheus 3.14 without feature flags has.
  public static final Features DEFAULT = new Features(Set.of(Feature.DURATION_EXPRESSIONS));

  /// Everything.
  public static final Features ALL = new Features(EnumSet.allOf(Feature.class));

  public Features {
    enabled = Set.copyOf(enabled);
  }

  /// Whether a feature is on.
  public boolean has(Feature feature) {
    return enabled.contains(feature);
  }

  /// The same with a feature on or off.
  public Features with(Feature feature, boolean isOn) {
    EnumSet<Feature> changed = EnumSet.noneOf(Feature.class);
    changed.addAll(enabled);
    if (isOn) {
      changed.add(feature);
    } else {
      changed.remove(feature);
    }
    return new Features(changed);
  }

  /// The same with what a request says: names set apart by commas, switched off with a minus in
  /// front.
  ///
  /// @throws BadRequestException if a name is unknown
  public Features with(String names) {
    Features changed = this;
    for (String item : names.split(",", -1)) {
      String name = item.strip();
      if (!name.isEmpty()) {
        boolean isOn = !name.startsWith("-");
        changed = changed.with(Feature.named(isOn ? name : name.substring(1)), isOn);
      }
    }
    return changed;
  }

  /// What the parser is to accept.
  ParserOptions parserOptions() {
    return new ParserOptions(
        has(Feature.EXPERIMENTAL_FUNCTIONS),
        has(Feature.DURATION_EXPRESSIONS),
        has(Feature.EXTENDED_RANGE_SELECTORS),
        has(Feature.FILL_MODIFIERS));
  }
}
