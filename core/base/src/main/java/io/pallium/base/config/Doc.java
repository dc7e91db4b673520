package io.pallium.base.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// What a configuration key does, on the record component that holds it. The reference is generated
/// from it.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Doc {
  /// One or more full sentences, as Markdown.
  String value();

  /// The first version that has the key; empty if it was there from the start.
  String since() default "";

  /// Whether the value is hidden wherever configuration is shown or an error quotes it.
  boolean secret() default false;
}
