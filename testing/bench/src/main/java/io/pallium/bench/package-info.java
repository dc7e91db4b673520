/// Benchmarks of hot classes, one each, with the name of the class and `Benchmark`.
@NullMarked
package io.pallium.bench;

import org.jspecify.annotations.NullMarked;
