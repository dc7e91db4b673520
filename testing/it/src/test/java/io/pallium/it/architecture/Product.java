package io.pallium.it.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import java.util.List;

/// The classes of the product: all modules, without tests and what only tests use.
final class Product {

  private static final List<String> TESTING =
      List.of("/test-classes/", "/io/pallium/testkit/", "/io/pallium/it/", "/io/pallium/bench/");

  static final JavaClasses CLASSES =
      new ClassFileImporter().withImportOption(Product::isProduct).importPackages("io.pallium");

  private Product() {}

  private static boolean isProduct(Location location) {
    return TESTING.stream().noneMatch(location::contains);
  }
}
