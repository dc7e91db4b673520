/// Configuration: one YAML tree bound to nested records, where each key is also a flag and an
/// environment variable; the per-tenant overrides; the printer and the reference generated from the
/// same records.
@NullMarked
package io.pallium.base.config;

import org.jspecify.annotations.NullMarked;
