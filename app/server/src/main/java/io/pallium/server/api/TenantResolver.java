package io.pallium.server.api;

import com.linecorp.armeria.common.HttpRequest;
import io.pallium.base.TenantMissingException;
import io.pallium.model.TenantId;
import java.util.List;

/// Finds the tenant of a request, once, at the edge.
public final class TenantResolver {
  /// The header that names the tenant.
  public static final String HEADER = "x-scope-orgid";

  private final boolean isAuthEnabled;

  /// @param isAuthEnabled whether requests name their tenant; if not, all belong to
  ///   [TenantId#ANONYMOUS]
  public TenantResolver(boolean isAuthEnabled) {
    this.isAuthEnabled = isAuthEnabled;
  }

  /// @throws TenantMissingException if authentication is on and the header is missing, given twice
  ///   or not a valid tenant id
  TenantId resolve(HttpRequest request) {
    if (!isAuthEnabled) {
      return TenantId.ANONYMOUS;
    }
    List<String> values = request.headers().getAll(HEADER);
    if (values.isEmpty()) {
      throw new TenantMissingException("no org id: set the X-Scope-OrgID header");
    }
    if (values.size() > 1) {
      throw new TenantMissingException("more than one X-Scope-OrgID header");
    }
    return new TenantId(values.get(0));
  }
}
