/// A directory of time series of many tenants: head, log and blocks as one.
@NullMarked
package io.pallium.tsdb;

import org.jspecify.annotations.NullMarked;
