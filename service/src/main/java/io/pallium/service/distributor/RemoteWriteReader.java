package io.pallium.service.distributor;

import io.pallium.base.HotPath;
import io.pallium.model.MetricMetadata;
import io.pallium.model.MetricType;
import io.pallium.model.NativeHistogram;
import io.pallium.model.StartColumn;
import io.pallium.model.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Reads a remote write 1.0 request (protobuf `prometheus.WriteRequest`) in one pass, series by
/// series, with the start timestamps that [RemoteWriteTranslator] leaves in it. Nothing is
/// allocated per series or sample once the columns have room; histograms, exemplars and metadata
/// are what they cost.
///
/// Labels are not looked into: a series' *label region* is the bytes of its label fields as they
/// came, tags and lengths included. If other fields stand between them they are joined in a second
/// array, so a region is always one slice ([#source]). Those of exemplars are joined apart: so a
/// region that is joined is always the last one there, and no byte is moved twice. Regions stay
/// valid until the next [#reset], everything else of a series until the next [#nextSeries].
///
/// All legal protobuf is read: fields in any order, unknown fields, overlong varints, repeated
/// scalars (the last one counts), packed and unpacked arrays. Confined to one thread.
///
/// Source: prometheus/prompb remote.proto and types.proto.
@HotPath
final class RemoteWriteReader {
  private static final int REQUEST_SERIES = ProtoCursor.tag(1, ProtoCursor.BYTES);
  private static final int REQUEST_METADATA = ProtoCursor.tag(3, ProtoCursor.BYTES);
  private static final int REQUEST_FIELDS = 1 << 1 | 1 << 3;

  private static final int SERIES_LABELS = ProtoCursor.tag(1, ProtoCursor.BYTES);
  private static final int SERIES_SAMPLES = ProtoCursor.tag(2, ProtoCursor.BYTES);
  private static final int SERIES_EXEMPLARS = ProtoCursor.tag(3, ProtoCursor.BYTES);
  private static final int SERIES_HISTOGRAMS = ProtoCursor.tag(4, ProtoCursor.BYTES);
  private static final int SERIES_FIELDS = 0b11110;

  private static final int SAMPLE_VALUE = ProtoCursor.tag(1, ProtoCursor.FIXED64);
  private static final int SAMPLE_TIMESTAMP = ProtoCursor.tag(2, ProtoCursor.VARINT);
  private static final int SAMPLE_START = ProtoCursor.tag(3, ProtoCursor.VARINT);
  private static final int SAMPLE_FIELDS = 0b110;

  private static final int EXEMPLAR_LABELS = ProtoCursor.tag(1, ProtoCursor.BYTES);
  private static final int EXEMPLAR_VALUE = ProtoCursor.tag(2, ProtoCursor.FIXED64);
  private static final int EXEMPLAR_TIMESTAMP = ProtoCursor.tag(3, ProtoCursor.VARINT);
  private static final int EXEMPLAR_FIELDS = 0b1110;

  private static final int METADATA_TYPE = ProtoCursor.tag(1, ProtoCursor.VARINT);
  private static final int METADATA_FAMILY = ProtoCursor.tag(2, ProtoCursor.BYTES);
  private static final int METADATA_HELP = ProtoCursor.tag(4, ProtoCursor.BYTES);
  private static final int METADATA_UNIT = ProtoCursor.tag(5, ProtoCursor.BYTES);
  private static final int METADATA_FIELDS = 0b110110;

  private final RequestRoom room;
  private final ProtoCursor cursor = new ProtoCursor();
  private final HistogramReader histogramReader;
  private int bodyEnd;

  /// Label regions that did not come in one piece; an offset below 0 is `~offset` in there.
  private final JoinedRegions joined = new JoinedRegions();

  private final JoinedRegions joinedOfExemplars = new JoinedRegions();
  private int labelsOffset;
  private int labelsLength;

  private int sampleCount;
  private long[] timestampsMs = new long[16];
  private long[] valueBits = new long[16];
  private final StartColumn starts = new StartColumn();

  private final List<NativeHistogram> histograms = new ArrayList<>();
  private final StartColumn histogramStarts = new StartColumn();
  private long[] histogramTimestampsMs = new long[0];
  private int[] histogramSizesBytes = new int[0];

  private int exemplarCount;
  private long[] exemplarTimestampsMs = new long[0];
  private long[] exemplarValueBits = new long[0];
  private int[] exemplarLabelsOffset = new int[0];
  private int[] exemplarLabelsLength = new int[0];

  private final List<MetricMetadata> metadata = new ArrayList<>();
  private int invalidMetadataCount;

  /// @param room where what is decoded takes room
  RemoteWriteReader(RequestRoom room) {
    this.room = room;
    this.histogramReader = new HistogramReader(cursor);
  }

  /// Stands before the first series of `body[offset, offset + lengthBytes)`.
  void reset(byte[] body, int offset, int lengthBytes) {
    cursor.reset(body, offset);
    bodyEnd = offset + lengthBytes;
    joined.length = 0;
    joinedOfExemplars.length = 0;
    metadata.clear();
    invalidMetadataCount = 0;
    histograms.clear();
  }

  /// Reads the next series.
  ///
  /// @return whether there is one; after false [#metadata] is complete
  /// @throws io.pallium.base.BadRequestException if the body is not a valid request
  boolean nextSeries() {
    while (cursor.position() < bodyEnd) {
      int tag = cursor.readTag(bodyEnd, "WriteRequest");
      if (tag == REQUEST_SERIES) {
        readSeries(cursor.readEnd(bodyEnd, "WriteRequest.timeseries"));
        return true;
      }
      if (tag == REQUEST_METADATA) {
        readMetadata(cursor.readEnd(bodyEnd, "WriteRequest.metadata"));
      } else {
        cursor.skipUnknown(tag, REQUEST_FIELDS, bodyEnd, "WriteRequest");
      }
    }
    return false;
  }

  /// The array that a series' label region lies in, given its offset as the reader gave it out.
  byte[] source(int offset) {
    return offset < 0 ? joined.bytes : cursor.source();
  }

  /// The array that an exemplar's label region lies in.
  byte[] exemplarSource(int offset) {
    return offset < 0 ? joinedOfExemplars.bytes : cursor.source();
  }

  /// The index in [#source] or [#exemplarSource] that an offset means.
  static int index(int offset) {
    return offset < 0 ? ~offset : offset;
  }

  int labelsOffset() {
    return labelsOffset;
  }

  int labelsLengthBytes() {
    return labelsLength;
  }

  int sampleCount() {
    return sampleCount;
  }

  long timestampMs(int index) {
    return timestampsMs[index];
  }

  /// Raw bits of a value.
  long valueBits(int index) {
    return valueBits[index];
  }

  /// Since when a sample counts; 0 if that is not said.
  long startMs(int index) {
    return starts.get(index);
  }

  /// Since when a histogram counts; 0 if that is not said.
  long histogramStartMs(int index) {
    return histogramStarts.get(index);
  }

  int histogramCount() {
    return histograms.size();
  }

  long histogramTimestampMs(int index) {
    return histogramTimestampsMs[index];
  }

  /// What the message of a histogram has.
  int histogramSizeBytes(int index) {
    return histogramSizesBytes[index];
  }

  NativeHistogram histogram(int index) {
    return histograms.get(index);
  }

  int exemplarCount() {
    return exemplarCount;
  }

  long exemplarTimestampMs(int index) {
    return exemplarTimestampsMs[index];
  }

  long exemplarValueBits(int index) {
    return exemplarValueBits[index];
  }

  /// The label region of an exemplar: an offset as that of a series.
  int exemplarLabelsOffset(int index) {
    return exemplarLabelsOffset[index];
  }

  int exemplarLabelsLengthBytes(int index) {
    return exemplarLabelsLength[index];
  }

  /// The metadata read so far, in the order of the request. Live: valid until [#reset].
  List<MetricMetadata> metadata() {
    return metadata;
  }

  /// Entries whose family is not valid UTF-8: they are not in [#metadata].
  int invalidMetadataCount() {
    return invalidMetadataCount;
  }

  private void readSeries(int end) {
    sampleCount = 0;
    starts.clear();
    exemplarCount = 0;
    if (!histograms.isEmpty()) {
      histograms.clear();
      histogramStarts.clear();
    }
    int from = 0;
    int length = 0;
    while (cursor.position() < end) {
      int fieldStart = cursor.position();
      int tag = cursor.readTag(end, "TimeSeries");
      if (tag == SERIES_LABELS) {
        int fieldEnd = cursor.readEnd(end, "TimeSeries.labels");
        cursor.position(fieldEnd);
        if (length == 0) {
          from = fieldStart;
          length = fieldEnd - fieldStart;
        } else if (from >= 0 && from + length == fieldStart) {
          length += fieldEnd - fieldStart;
        } else {
          from = joined.join(from, length, fieldStart, fieldEnd);
          length += fieldEnd - fieldStart;
        }
      } else if (tag == SERIES_SAMPLES) {
        readSample(cursor.readEnd(end, "TimeSeries.samples"));
      } else if (tag == SERIES_HISTOGRAMS) {
        readHistogram(cursor.readEnd(end, "TimeSeries.histograms"));
      } else if (tag == SERIES_EXEMPLARS) {
        readExemplar(cursor.readEnd(end, "TimeSeries.exemplars"));
      } else {
        cursor.skipUnknown(tag, SERIES_FIELDS, end, "TimeSeries");
      }
    }
    labelsOffset = from;
    labelsLength = length;
  }

  private void readSample(int end) {
    long bits = 0;
    long timestampMs = 0;
    long startMs = 0;
    while (cursor.position() < end) {
      int tag = cursor.readTag(end, "Sample");
      if (tag == SAMPLE_VALUE) {
        bits = cursor.readFixed64(end, "Sample.value");
      } else if (tag == SAMPLE_TIMESTAMP) {
        timestampMs = cursor.readVarint(end, "Sample.timestamp");
      } else if (tag == SAMPLE_START) {
        startMs = cursor.readVarint(end, "Sample.start_timestamp");
      } else {
        cursor.skipUnknown(tag, SAMPLE_FIELDS, end, "Sample");
      }
    }
    room.take(RequestRoom.SAMPLE_BYTES);
    if (sampleCount == timestampsMs.length) {
      growSamples();
    }
    if (startMs != 0) {
      room.take(RequestRoom.START_BYTES);
      starts.set(sampleCount, startMs);
    }
    timestampsMs[sampleCount] = timestampMs;
    valueBits[sampleCount++] = bits;
  }

  private void growSamples() {
    timestampsMs = Arrays.copyOf(timestampsMs, sampleCount * 2);
    valueBits = Arrays.copyOf(valueBits, sampleCount * 2);
  }

  private void readHistogram(int end) {
    // A byte on the wire is at the most a bucket of eight: more is known only when it is decoded.
    long bucketBytes = (long) Long.BYTES * (end - cursor.position());
    room.take(bucketBytes + RequestRoom.SAMPLE_BYTES);
    int sizeBytes = end - cursor.position();
    NativeHistogram histogram = histogramReader.read(end);
    room.take(histogram.memoryBytes());
    room.give(bucketBytes);
    int index = histograms.size();
    if (index == histogramTimestampsMs.length) {
      histogramTimestampsMs = Arrays.copyOf(histogramTimestampsMs, Math.max(16, index * 2));
      histogramSizesBytes = Arrays.copyOf(histogramSizesBytes, Math.max(16, index * 2));
    }
    histogramSizesBytes[index] = sizeBytes;
    histogramTimestampsMs[index] = histogramReader.timestampMs();
    histogramStarts.set(index, histogramReader.startMs());
    histograms.add(histogram);
  }

  private void readExemplar(int end) {
    long bits = 0;
    long timestampMs = 0;
    int from = 0;
    int length = 0;
    while (cursor.position() < end) {
      int fieldStart = cursor.position();
      int tag = cursor.readTag(end, "Exemplar");
      if (tag == EXEMPLAR_LABELS) {
        int fieldEnd = cursor.readEnd(end, "Exemplar.labels");
        cursor.position(fieldEnd);
        if (length == 0) {
          from = fieldStart;
        } else if (from < 0 || from + length != fieldStart) {
          from = joinedOfExemplars.join(from, length, fieldStart, fieldEnd);
        }
        length += fieldEnd - fieldStart;
      } else if (tag == EXEMPLAR_VALUE) {
        bits = cursor.readFixed64(end, "Exemplar.value");
      } else if (tag == EXEMPLAR_TIMESTAMP) {
        timestampMs = cursor.readVarint(end, "Exemplar.timestamp");
      } else {
        cursor.skipUnknown(tag, EXEMPLAR_FIELDS, end, "Exemplar");
      }
    }
    room.take(RequestRoom.ENTRY_BYTES);
    if (exemplarCount == exemplarTimestampsMs.length) {
      int room = Math.max(16, exemplarCount * 2);
      exemplarTimestampsMs = Arrays.copyOf(exemplarTimestampsMs, room);
      exemplarValueBits = Arrays.copyOf(exemplarValueBits, room);
      exemplarLabelsOffset = Arrays.copyOf(exemplarLabelsOffset, room);
      exemplarLabelsLength = Arrays.copyOf(exemplarLabelsLength, room);
    }
    exemplarTimestampsMs[exemplarCount] = timestampMs;
    exemplarValueBits[exemplarCount] = bits;
    exemplarLabelsOffset[exemplarCount] = from;
    exemplarLabelsLength[exemplarCount++] = length;
  }

  private void readMetadata(int end) {
    // Texts may take two bytes for one.
    room.take(RequestRoom.ENTRY_BYTES + 2L * (end - cursor.position()));
    int type = 0;
    String family = "";
    String help = "";
    String unit = "";
    boolean isValid = true;
    while (cursor.position() < end) {
      int tag = cursor.readTag(end, "MetricMetadata");
      if (tag == METADATA_TYPE) {
        type = (int) cursor.readVarint(end, "MetricMetadata.type");
      } else if (tag == METADATA_FAMILY) {
        int from = cursor.position();
        int familyEnd = cursor.readEnd(end, "MetricMetadata.metric_family_name");
        isValid = Utf8.isValid(cursor.source(), cursor.position(), familyEnd - cursor.position());
        cursor.position(from);
        family = readText(end, "MetricMetadata.metric_family_name");
      } else if (tag == METADATA_HELP) {
        help = readText(end, "MetricMetadata.help");
      } else if (tag == METADATA_UNIT) {
        unit = readText(end, "MetricMetadata.unit");
      } else {
        cursor.skipUnknown(tag, METADATA_FIELDS, end, "MetricMetadata");
      }
    }
    if (!isValid) {
      invalidMetadataCount++;
      return;
    }
    metadata.add(new MetricMetadata(family, metricType(type), help, unit));
  }

  /// Help and unit are for people to read: malformed UTF-8 in them is replaced, not refused.
  private String readText(int end, String what) {
    int textEnd = cursor.readEnd(end, what);
    int from = cursor.position();
    cursor.position(textEnd);
    return new String(cursor.source(), from, textEnd - from, StandardCharsets.UTF_8);
  }

  private static MetricType metricType(int number) {
    MetricType[] types = MetricType.values();
    return number >= 0 && number < types.length ? types[number] : MetricType.UNKNOWN;
  }

  /// Label regions that did not come in one piece, one after the other.
  private final class JoinedRegions {
    private byte[] bytes = new byte[0];
    private int length;

    /// Adds a label field that does not follow the region before it.
    ///
    /// @param from the region's offset; below 0 if it was joined already, and is the last one here
    /// @return the offset of the joined region
    int join(int from, int regionLength, int fieldStart, int fieldEnd) {
      boolean isHere = from < 0;
      int start = isHere ? ~from : length;
      int end = start + regionLength + fieldEnd - fieldStart;
      room.take(end - length);
      if (bytes.length < end) {
        bytes = Arrays.copyOf(bytes, Math.max(end, bytes.length * 2));
      }
      if (!isHere) {
        System.arraycopy(cursor.source(), from, bytes, start, regionLength);
      }
      System.arraycopy(
          cursor.source(), fieldStart, bytes, start + regionLength, fieldEnd - fieldStart);
      length = end;
      return ~start;
    }
  }
}
