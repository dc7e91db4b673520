/// Objects in a container of Azure Blob Storage.
@NullMarked
package io.pallium.azure;

import org.jspecify.annotations.NullMarked;
