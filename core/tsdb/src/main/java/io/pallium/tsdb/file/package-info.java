/// The one seam through which this module touches disks.
@NullMarked
package io.pallium.tsdb.file;

import org.jspecify.annotations.NullMarked;
