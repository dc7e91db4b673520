package io.pallium.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ObjectNameTest {
  @Test
  void errorSaysWhatIsWrong() {
    assertThatThrownBy(() -> ObjectName.require("a/ä"))
        .hasMessageStartingWith("object name \"a/ä\" has U+00E4; allowed are A-Z a-z 0-9 /");
    assertThatThrownBy(() -> ObjectName.require("a/../b")).hasMessageContaining("a part \"..\"");
    assertThatThrownBy(() -> ObjectName.require("n".repeat(513)))
        .hasMessageContaining("must have 1 to 512 characters, has 513");
    assertThatThrownBy(() -> ObjectName.require("n".repeat(201)))
        .hasMessageContaining("a part of 201 characters, at most 200");
  }

  @Test
  void everyTenantAndBlockHasALegalName() {
    assertThat(ObjectName.isLegal("team-a!_.*'()/01JABCDEFGHJKMNPQRSTVWXYZ0/chunks/000001"))
        .isTrue();
    assertThat(ObjectName.isLegal("x/bucket-index.json.gz")).isTrue();
    assertThat(ObjectName.isLegal("with space")).isFalse();
  }
}
