package io.pallium.it.architecture;

import org.junit.jupiter.api.Test;

/// What product code may not do.
class CodeRulesTest {
  @Test
  void hotPathsUseNoStreamsAndNoOptional() {
    CodeRules.hotPathsUseNoStreamsAndNoOptional().check(Product.CLASSES);
  }

  @Test
  void hotPathsNeitherBoxNorFormat() {
    CodeRules.hotPathsNeitherBoxNorFormat().check(Product.CLASSES);
  }

  @Test
  void nothingSleeps() {
    CodeRules.nothingSleeps().check(Product.CLASSES);
  }

  @Test
  void onlyErrorMappingWritesTheStatusOfAnError() {
    CodeRules.onlyErrorMappingWritesTheStatusOfAnError().check(Product.CLASSES);
  }

  @Test
  void staticFieldsDoNotChange() {
    CodeRules.staticFieldsDoNotChange().check(Product.CLASSES);
  }
}
