/// Objects in a bucket of Google Cloud Storage.
@NullMarked
package io.pallium.gcs;

import org.jspecify.annotations.NullMarked;
