/// Senders, exporters and a recorder of what was sent, for whole-system tests.
@NullMarked
package io.pallium.testkit.sender;

import org.jspecify.annotations.NullMarked;
