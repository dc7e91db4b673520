package io.pallium.it.architecture.planted.server;

import com.linecorp.armeria.common.HttpStatus;

/// Answers a failure past the one mapping.
final class StatusWriter {
  HttpStatus refuse() {
    return HttpStatus.BAD_REQUEST;
  }

  HttpStatus accept() {
    return HttpStatus.NO_CONTENT;
  }
}
