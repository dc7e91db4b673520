@NullMarked
package io.pallium.service.storegateway;

import org.jspecify.annotations.NullMarked;
