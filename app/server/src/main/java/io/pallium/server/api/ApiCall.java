package io.pallium.server.api;

import io.pallium.model.TenantId;
import io.pallium.storage.QueryControl;

/// One call of the query API, ready to be answered.
///
/// @param tenant whose data it is about
/// @param parameters from the URL and the form body
/// @param pathName the `{name}` of the path; empty if the path has none
/// @param nowMs the time that the call is evaluated at, taken once
/// @param control memory, deadline and cancellation
record ApiCall(
    TenantId tenant, ApiParameters parameters, String pathName, long nowMs, QueryControl control) {}
