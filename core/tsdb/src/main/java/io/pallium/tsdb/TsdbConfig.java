package io.pallium.tsdb;

import io.pallium.tsdb.head.HeadConfig;
import io.pallium.tsdb.log.LogConfig;
import java.nio.file.Path;

/// How a directory of time series works.
///
/// @param directory where log and blocks lie
/// @param head how samples are kept in memory
/// @param log how they are made durable
public record TsdbConfig(Path directory, HeadConfig head, LogConfig log) {
  /// The defaults, below a directory.
  public static TsdbConfig defaults(Path directory) {
    return new TsdbConfig(directory, HeadConfig.defaults(), LogConfig.defaults());
  }
}
