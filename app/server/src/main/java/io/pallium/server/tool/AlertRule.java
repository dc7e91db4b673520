package io.pallium.server.tool;

import io.pallium.base.BadRequestException;
import io.pallium.model.Labels;
import io.pallium.promql.script.SequenceValue;
import io.pallium.promql.script.UnitTestStore;
import io.pallium.promql.script.UnitTestStore.Sample;
import io.pallium.server.tool.TemplateFunctions.TemplateSample;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// An alerting rule and its alerts: one per series that the expression gives, pending until the
/// series has been there for `for`, then firing until it is gone and `keep_firing_for` is over. At
/// each evaluation the alerts leave series `ALERTS` and `ALERTS_FOR_STATE`. Confined to one thread;
/// evaluated at ascending times.
final class AlertRule {
  private static final String ALERT_NAME = "alertname";
  private static final long NEVER = Long.MIN_VALUE;

  /// The parts of a rule as its file has them.
  ///
  /// @param id what tells the rule from others
  /// @param group the name of its group
  /// @param limit the most alerts; 0: any number
  record Definition(
      String id,
      String group,
      String name,
      String expr,
      long forMs,
      long keepFiringForMs,
      int limit,
      Map<String, String> labels,
      Map<String, String> annotations) {}

  /// What stands around all rules of a test.
  record Surroundings(Map<String, String> externalLabels, String externalUrl) {}

  /// An alert as a test sees it.
  record Alert(Map<String, String> labels, Map<String, String> annotations) {}

  private static final class Active {
    Map<String, String> annotations;
    final long sinceMs;
    boolean isFiring;
    long goneSinceMs = NEVER;

    Active(Map<String, String> annotations, long sinceMs) {
      this.annotations = annotations;
      this.sinceMs = sinceMs;
    }
  }

  private final Definition definition;
  private final Map<String, AlertTemplate> labels;
  private final Map<String, AlertTemplate> annotations;
  private final Map<Labels, Active> active = new LinkedHashMap<>();

  /// @throws IllegalArgumentException if a template cannot be read
  AlertRule(Definition definition) {
    this.definition = definition;
    this.labels = templates(definition.labels());
    this.annotations = templates(definition.annotations());
  }

  String name() {
    return definition.name();
  }

  String group() {
    return definition.group();
  }

  /// The alerts that fire since the last evaluation.
  List<Alert> firing() {
    List<Alert> firing = new ArrayList<>();
    active.forEach(
        (series, alert) -> {
          if (alert.isFiring) {
            firing.add(new Alert(series.toMap(), alert.annotations));
          }
        });
    return firing;
  }

  /// Evaluates the rule and stores the series of its alerts.
  ///
  /// @throws io.pallium.base.PalliumException if it cannot be evaluated
  void evaluate(UnitTestStore store, Surroundings surroundings, long timeMs) {
    Map<Labels, Map<String, String>> found = new LinkedHashMap<>();
    TemplateFunctions functions =
        new TemplateFunctions(query -> samples(store, query, timeMs), surroundings.externalUrl());
    for (Sample sample : store.evaluate(definition.expr(), timeMs)) {
      Map<String, Object> data =
          Map.of(
              "Labels", sample.labels().toMap(),
              "Value", sample.value().value(),
              "ExternalLabels", surroundings.externalLabels(),
              "ExternalURL", surroundings.externalUrl());
      Map<String, String> series = new HashMap<>(sample.labels().toMap());
      series.remove(Labels.METRIC_NAME);
      labels.forEach((name, template) -> series.put(name, template.expand(data, functions)));
      series.put(ALERT_NAME, definition.name());
      series.values().removeIf(String::isEmpty);
      Map<String, String> texts = new HashMap<>();
      annotations.forEach((name, template) -> texts.put(name, template.expand(data, functions)));
      if (found.put(Labels.of(series), texts) != null) {
        throw new BadRequestException(
            "vector contains metrics with the same labelset after applying alert labels");
      }
    }
    update(found, timeMs);
    store.write(definition.id(), series(), timeMs);
  }

  private void update(Map<Labels, Map<String, String>> found, long timeMs) {
    found.forEach(
        (series, texts) -> {
          Active alert = active.computeIfAbsent(series, _ -> new Active(texts, timeMs));
          alert.annotations = texts;
          alert.goneSinceMs = NEVER;
        });
    Iterator<Map.Entry<Labels, Active>> entries = active.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<Labels, Active> entry = entries.next();
      Active alert = entry.getValue();
      if (!found.containsKey(entry.getKey())) {
        if (alert.goneSinceMs == NEVER) {
          alert.goneSinceMs = timeMs;
        }
        if (!alert.isFiring || timeMs - alert.goneSinceMs >= definition.keepFiringForMs()) {
          entries.remove();
          continue;
        }
      }
      alert.isFiring |= timeMs - alert.sinceMs >= definition.forMs();
    }
    if (definition.limit() > 0 && active.size() > definition.limit()) {
      int count = active.size();
      active.clear();
      throw new BadRequestException(
          "exceeded limit of " + definition.limit() + " with " + count + " alerts");
    }
  }

  private List<Sample> series() {
    List<Sample> series = new ArrayList<>();
    active.forEach(
        (labelsOfAlert, alert) -> {
          Map<String, String> names = new HashMap<>(labelsOfAlert.toMap());
          names.put(Labels.METRIC_NAME, "ALERTS_FOR_STATE");
          series.add(new Sample(Labels.of(names), SequenceValue.of(alert.sinceMs / 1000)));
          names.put(Labels.METRIC_NAME, "ALERTS");
          names.put("alertstate", alert.isFiring ? "firing" : "pending");
          series.add(new Sample(Labels.of(names), SequenceValue.of(1)));
        });
    return series;
  }

  private static List<TemplateSample> samples(UnitTestStore store, String query, long timeMs) {
    List<TemplateSample> samples = new ArrayList<>();
    for (Sample sample : store.evaluate(query, timeMs)) {
      samples.add(new TemplateSample(sample.labels().toMap(), sample.value().value()));
    }
    return samples;
  }

  private Map<String, AlertTemplate> templates(Map<String, String> texts) {
    Map<String, AlertTemplate> templates = new LinkedHashMap<>();
    texts.forEach(
        (name, text) -> {
          try {
            templates.put(name, AlertTemplate.parse(text));
          } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                "alert " + definition.name() + ", " + name + ": " + e.getMessage(), e);
          }
        });
    return templates;
  }
}
