/// The syntax tree of PromQL: sealed, immutable, with byte positions into the query.
@NullMarked
package io.pallium.promql.ast;

import org.jspecify.annotations.NullMarked;
