/// The language of PromQL test scripts: data, queries, and what they must give. A script checks an
/// engine; it is run by tests and by `pallium tool promqltest`.
@NullMarked
package io.pallium.promql.script;

import org.jspecify.annotations.NullMarked;
