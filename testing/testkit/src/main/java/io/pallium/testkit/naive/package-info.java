/// A PromQL evaluator that is slow and plainly right, to check the engine against.
@NullMarked
package io.pallium.testkit.naive;

import org.jspecify.annotations.NullMarked;
