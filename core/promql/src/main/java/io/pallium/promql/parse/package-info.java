/// Turns the text of a query into its syntax tree and back.
@NullMarked
package io.pallium.promql.parse;

import org.jspecify.annotations.NullMarked;
