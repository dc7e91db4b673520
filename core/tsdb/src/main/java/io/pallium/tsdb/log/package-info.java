/// The write log: what is accepted is here before the answer. Format: docs/formats/wal.md.
@NullMarked
package io.pallium.tsdb.log;

import org.jspecify.annotations.NullMarked;
