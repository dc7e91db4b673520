package io.pallium.server.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// The page at `/`: what is here, what to paste, and a first query.
public final class StartPage {
  private static final String FIRST_QUERY = "pallium_head_series";

  private final String html;

  /// @param version of this server
  /// @param url where clients reach this server, without a slash at the end
  /// @param isAuthEnabled whether requests must name their tenant
  /// @param isSelfScraped whether there is data from the first seconds on
  public StartPage(String version, String url, boolean isAuthEnabled, boolean isSelfScraped) {
    Map<String, String> values =
        Map.of(
            "version", escape(version),
            "url", escape(url),
            "tenancy", isAuthEnabled ? "tenants by header" : "one tenant",
            "tenant_yaml", isAuthEnabled ? "\n    headers:\n      X-Scope-OrgID: team-a" : "",
            "tenant_curl", isAuthEnabled ? " -H 'X-Scope-OrgID: team-a'" : "",
            "tenant_js", isAuthEnabled ? "{ 'X-Scope-OrgID': 'team-a' }" : "{}",
            "tenant_grafana", isAuthEnabled ? " and the header <code>X-Scope-OrgID</code>" : "",
            "query", escape(isSelfScraped ? FIRST_QUERY : "up"),
            "self_scrape",
                isSelfScraped
                    ? "Pallium stores its own metrics every 15 seconds, so there is something to ask for."
                    : "Nothing is stored until a Prometheus writes.");
    String page = template();
    for (Map.Entry<String, String> value : values.entrySet()) {
      page = page.replace("{{" + value.getKey() + "}}", value.getValue());
    }
    this.html = page;
  }

  /// The page.
  public String html() {
    return html;
  }

  private static String template() {
    try (InputStream in = StartPage.class.getResourceAsStream("start.html")) {
      if (in == null) {
        throw new AssertionError("BUG: start.html is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
