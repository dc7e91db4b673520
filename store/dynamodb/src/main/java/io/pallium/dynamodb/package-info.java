/// Objects in items of Amazon DynamoDB.
@NullMarked
package io.pallium.dynamodb;

import org.jspecify.annotations.NullMarked;
