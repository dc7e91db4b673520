@NullMarked
package io.pallium.service;

import org.jspecify.annotations.NullMarked;
