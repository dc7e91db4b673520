/// Starting and stopping: the service contract, its six states, and the list of services that
/// starts in order and stops in reverse.
@NullMarked
package io.pallium.base.lifecycle;

import org.jspecify.annotations.NullMarked;
