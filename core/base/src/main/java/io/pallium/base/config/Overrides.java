package io.pallium.base.config;

/// The limits of one component by tenant. Thread-safe; a call costs one hash look-up.
///
/// Who keeps what was judged under limits reads the version *before* the limits: if the limits are
/// newer than the version, the version is already outdated when it is compared.
///
/// @param <L> the component's limits record
public interface Overrides<L> {

  /// The limits that hold for a tenant now: the defaults, with what its overrides change.
  L forTenant(String tenant);

  /// A number that grows whenever the limits of any tenant change, of any component.
  long version();

  /// A number that grows whenever the limits of this tenant change, of any component.
  long version(String tenant);

  /// The same limits for all tenants, for ever.
  static <L> Overrides<L> same(L limits) {
    return new Overrides<>() {
      @Override
      public L forTenant(String tenant) {
        return limits;
      }

      @Override
      public long version() {
        return TenantOverrides.FIRST_VERSION;
      }

      @Override
      public long version(String tenant) {
        return TenantOverrides.FIRST_VERSION;
      }
    };
  }
}
