/// The first hop of the write path behind HTTP: decodes requests, checks them against the tenant's
/// limits and sends each series to the ingester that owns it.
@NullMarked
package io.pallium.service.distributor;

import org.jspecify.annotations.NullMarked;
