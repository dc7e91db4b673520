/// Objects in a bucket of Amazon S3 or of what speaks like it.
@NullMarked
package io.pallium.s3;

import org.jspecify.annotations.NullMarked;
