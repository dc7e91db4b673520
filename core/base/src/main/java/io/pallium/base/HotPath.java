package io.pallium.base;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Marks a class whose code runs per sample or per series of a request: no allocation per sample,
/// no streams, formatting, boxing or `Optional`. The architecture test bans those, the allocation
/// gate of the benchmarks measures the rest.
@Documented
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface HotPath {}
