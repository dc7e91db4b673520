package io.pallium.base.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Marks a component whose type is a record and whose keys stand directly in the section of the
/// record around it, without a level of their own: the limits of all components are one flat list
/// of names to the user, and one record per component to the code.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Inline {}
