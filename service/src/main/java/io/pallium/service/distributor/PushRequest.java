package io.pallium.service.distributor;

import io.pallium.base.BadRequestException;
import io.pallium.base.HotPath;
import io.pallium.base.LimitExceededException;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.cluster.IngesterRing;
import io.pallium.cluster.RingToken;
import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.NativeHistogram;
import io.pallium.model.RejectReason;
import io.pallium.model.WriteBatch;
import io.pallium.service.distributor.Rejections.Kind;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/// One write request from its body to the batches of the ingesters: inflate, read, look up, check.
/// Everything that the work needs is in here and used again for the next request, so in the steady
/// state nothing is allocated for a series or a sample.
///
/// Per series: one pass over its bytes, one look-up of its label region, one row in a batch. Only a
/// label region that was not seen lately goes to [SeriesIdentity].
///
/// Confined to one thread at a time; handed over with a happens-before edge.
@HotPath
final class PushRequest {
  private static final int MAX_EXEMPLAR_CHARACTERS = 128;
  private static final RejectReason[] REASONS = RejectReason.values();

  private final IngesterRing ring;
  private final SnappyBody body = new SnappyBody();
  private final RequestRoom room;
  private final RemoteWriteTranslator translator;
  private final RemoteWriteReader reader;
  private final SeriesIdentity identity;
  private final AliasCache.Probe probe = new AliasCache.Probe();
  private final Rejections rejections = new Rejections();
  private final SubBatch[] subBatches;
  private final long[] incarnations;

  private DistributorLimits limits = DistributorLimits.defaults();
  private long ringSeed;
  private long minTimestampMs;

  private long samples;
  private long exemplars;
  private long keptHistograms;
  private @Nullable LimitExceededException histogramRefusal;

  /// Whether `identity` holds the labels of the present series.
  private boolean isIdentified;

  /// @param inflight what all requests in work may take together
  PushRequest(IngesterRing ring, MemoryBudget inflight) {
    this.ring = ring;
    this.room = new RequestRoom(inflight);
    this.translator = new RemoteWriteTranslator(room);
    this.reader = new RemoteWriteReader(room);
    this.identity = new SeriesIdentity(room);
    this.subBatches = new SubBatch[ring.size()];
    this.incarnations = new long[ring.size()];
    for (int i = 0; i < subBatches.length; i++) {
      subBatches[i] = new SubBatch();
    }
  }

  /// Turns a body into batches.
  ///
  /// @param inflatedLength what [SnappyBody#inflatedLength] gave for it
  /// @param knownIncarnations the newest incarnation that is known of each ingester
  /// @throws io.pallium.base.BadRequestException if the body cannot be decoded; nothing of it may
  ///   be sent then
  void decode(
      Body compressed,
      int inflatedLength,
      TenantWrites tenant,
      DistributorLimits newLimits,
      Session session,
      AtomicLongArray knownIncarnations) {
    limits = newLimits;
    ringSeed = tenant.ringSeed();
    minTimestampMs =
        limits.rejectOldSamples()
            ? session.nowMs - limits.rejectOldSamplesMaxAge().toMillis()
            : Long.MIN_VALUE;
    samples = 0;
    exemplars = 0;
    keptHistograms = 0;
    histogramRefusal = null;
    rejections.clear();
    for (int i = 0; i < subBatches.length; i++) {
      incarnations[i] = knownIncarnations.get(i);
      subBatches[i].reset(tenant.tenant(), session.senderId, incarnations[i]);
    }
    probe.begin(tenant.aliases(), limits);
    byte[] data =
        body.inflate(compressed.data, compressed.offset, compressed.lengthBytes, inflatedLength);
    if (compressed.version == RemoteWriteVersion.V1) {
      reader.reset(data, 0, inflatedLength);
    } else {
      reader.reset(translator.translate(data, inflatedLength), 0, translator.lengthBytes());
    }
    while (reader.nextSeries()) {
      takeSeries();
    }
    takeMetadata();
  }

  /// A compressed body: a slice of an array.
  record Body(RemoteWriteVersion version, byte[] data, int offset, int lengthBytes) {}

  /// Who sends, and when.
  record Session(long senderId, long nowMs) {}

  int ingesterCount() {
    return subBatches.length;
  }

  SubBatch subBatch(int ingester) {
    return subBatches[ingester];
  }

  /// The room that this request takes; the caller takes that of the inflated body.
  RequestRoom room() {
    return room;
  }

  Rejections rejections() {
    return rejections;
  }

  RemoteWriteReader reader() {
    return reader;
  }

  SeriesIdentity identity() {
    return identity;
  }

  /// Float and histogram samples in the request.
  long sampleCount() {
    return samples;
  }

  long exemplarCount() {
    return exemplars;
  }

  long metadataCount() {
    return reader.metadata().size() + reader.invalidMetadataCount();
  }

  /// Native histograms that were found valid.
  long keptHistogramCount() {
    return keptHistograms;
  }

  /// Leaves out all histograms that were found valid.
  void dropHistograms(LimitExceededException refusal) {
    histogramRefusal = refusal;
    rejections.count(Kind.SAMPLE, RejectReason.HISTOGRAM_RATE_LIMITED, keptHistograms);
    for (SubBatch subBatch : subBatches) {
      subBatch.batch().clearHistograms();
    }
  }

  /// Why the histograms were left out, if the tenant was over its rate of them.
  @Nullable LimitExceededException histogramRefusal() {
    return histogramRefusal;
  }

  /// Lets go of what the next request cannot use.
  void release() {
    probe.end();
    reader.reset(new byte[0], 0, 0);
    for (SubBatch subBatch : subBatches) {
      subBatch.release();
    }
    room.release();
  }

  /// The room that this holds on to while it is pooled, about: buffers grow by doubling.
  long capacityBytes() {
    return room.mostBytes() * 2;
  }

  private void takeSeries() {
    int offset = reader.labelsOffset();
    int length = reader.labelsLengthBytes();
    byte[] source = reader.source(offset);
    int index = RemoteWriteReader.index(offset);
    samples += reader.sampleCount() + reader.histogramCount();
    exemplars += reader.exemplarCount();
    isIdentified = false;
    int verdict;
    int token;
    if (probe.find(source, index, length)) {
      verdict = probe.verdict();
      token = probe.token();
    } else {
      RejectReason reason = identity.judge(source, index, length, limits);
      isIdentified = reason == null;
      verdict = reason == null ? 0 : reason.ordinal() + 1;
      token = reason == null ? token() : 0;
      probe.insert(verdict, token);
    }
    if (verdict != 0) {
      rejectSeries(REASONS[verdict - 1], source, index, length);
      return;
    }
    if (length > 0) {
      addToBatch(ring.owner(token), offset, length);
    }
  }

  private int token() {
    return RingToken.of(ringSeed, identity.canonicalBytes(), 0, identity.canonicalLengthBytes());
  }

  private void addToBatch(int ingester, int offset, int length) {
    SubBatch target = subBatches[ingester];
    boolean isOpen = false;
    int count = reader.sampleCount();
    for (int i = 0; i < count; i++) {
      long timestampMs = reader.timestampMs(i);
      if (timestampMs < minTimestampMs) {
        rejectTimestamp(Kind.SAMPLE, timestampMs, offset, length);
        continue;
      }
      if (!isOpen) {
        openSeries(target, ingester, offset, length);
        isOpen = true;
      }
      WriteBatch batch = target.batch();
      batch.addSample(timestampMs, reader.valueBits(i));
      batch.starts().set(batch.sampleCount() - 1, reader.startMs(i));
    }
    if (reader.histogramCount() > 0) {
      isOpen = addHistograms(target, ingester, isOpen, offset, length);
    }
    if (reader.exemplarCount() > 0) {
      addExemplars(target, ingester, isOpen, offset, length);
    }
  }

  private void openSeries(SubBatch target, int ingester, int offset, int length) {
    room.take(RequestRoom.SERIES_BYTES);
    long ref = probe.ref(ingester, incarnations[ingester]);
    if (ref != 0) {
      target.addKnown(ref, offset, length);
      return;
    }
    identify(offset, length);
    room.take(length);
    target.addLabelled(identity, offset, length);
  }

  private void identify(int offset, int length) {
    if (!isIdentified) {
      identity.canonicalise(reader.source(offset), RemoteWriteReader.index(offset), length);
      isIdentified = true;
    }
  }

  private boolean addHistograms(
      SubBatch target, int ingester, boolean isOpenBefore, int offset, int length) {
    HistogramLimits allowed = limits.histograms();
    if (!allowed.enableNativeHistograms()) {
      rejections.count(Kind.SAMPLE, RejectReason.HISTOGRAMS_OFF, reader.histogramCount());
      return isOpenBefore;
    }
    boolean isOpen = isOpenBefore;
    for (int i = 0; i < reader.histogramCount(); i++) {
      long timestampMs = reader.histogramTimestampMs(i);
      if (timestampMs < minTimestampMs) {
        rejectTimestamp(Kind.SAMPLE, timestampMs, offset, length);
        continue;
      }
      if (isHistogramRefused(i, allowed, offset, length)) {
        continue;
      }
      NativeHistogram histogram =
          fitting(reader.histogram(i), allowed.maxNativeHistogramBuckets(), offset, length);
      if (histogram == null) {
        continue;
      }
      if (!isOpen) {
        openSeries(target, ingester, offset, length);
        isOpen = true;
      }
      WriteBatch batch = target.batch();
      batch.addHistogram(timestampMs, histogram);
      batch.histogramStarts().set(batch.histogramCount() - 1, reader.histogramStartMs(i));
      keptHistograms++;
    }
    return isOpen;
  }

  private boolean isHistogramRefused(int i, HistogramLimits allowed, int offset, int length) {
    NativeHistogram histogram = reader.histogram(i);
    int maxBytes = allowed.maxNativeHistogramSampleSizeBytes();
    if (maxBytes > 0 && reader.histogramSizeBytes(i) > maxBytes) {
      if (rejections.add(Kind.SAMPLE, RejectReason.HISTOGRAM_SIZE, 1)) {
        rejections.describe(
            "a native histogram of "
                + seriesText(offset, length)
                + " has "
                + reader.histogramSizeBytes(i)
                + " bytes, the limit is "
                + maxBytes
                + " (max_native_histogram_sample_size_bytes)");
      }
      return true;
    }
    try {
      histogram.validate();
    } catch (BadRequestException e) {
      if (rejections.add(Kind.SAMPLE, RejectReason.HISTOGRAM_INVALID, 1)) {
        rejections.describe(
            "a native histogram of "
                + seriesText(offset, length)
                + " is invalid: "
                + e.getMessage());
      }
      return true;
    }
    return false;
  }

  /// The histogram in the highest resolution that the limit on buckets allows; null, and a refusal,
  /// if there is none.
  private @Nullable NativeHistogram fitting(NativeHistogram sent, int max, int offset, int length) {
    NativeHistogram histogram = sent;
    while (max > 0 && histogram.bucketCount() > max && histogram.canBeHalved()) {
      histogram = histogram.halved();
    }
    if (max == 0 || histogram.bucketCount() <= max) {
      return histogram;
    }
    if (rejections.add(Kind.SAMPLE, RejectReason.HISTOGRAM_BUCKETS, 1)) {
      rejections.describe(
          "a native histogram of "
              + seriesText(offset, length)
              + " has "
              + histogram.bucketCount()
              + " buckets in its lowest resolution, the limit is "
              + max
              + " (max_native_histogram_buckets)");
    }
    return null;
  }

  private void addExemplars(
      SubBatch target, int ingester, boolean isOpenBefore, int offset, int length) {
    boolean isOpen = isOpenBefore;
    for (int i = 0; i < reader.exemplarCount(); i++) {
      long timestampMs = reader.exemplarTimestampMs(i);
      if (timestampMs < minTimestampMs) {
        rejectTimestamp(Kind.EXEMPLAR, timestampMs, offset, length);
        continue;
      }
      int labelsOffset = reader.exemplarLabelsOffset(i);
      room.take(reader.exemplarLabelsLengthBytes(i));
      RejectReason reason =
          identity.canonicalise(
              reader.exemplarSource(labelsOffset),
              RemoteWriteReader.index(labelsOffset),
              reader.exemplarLabelsLengthBytes(i));
      isIdentified = false;
      Labels labels = reason == null ? identity.toLabels() : Labels.EMPTY;
      int characters = identity.characterCount();
      if (reason == null) {
        reason = exemplarProblem(labels, characters, timestampMs);
      }
      if (reason != null) {
        rejectExemplar(reason, characters, offset, length);
        continue;
      }
      if (!isOpen) {
        openSeries(target, ingester, offset, length);
        isOpen = true;
      }
      target.batch().addExemplar(timestampMs, reader.exemplarValueBits(i), labels);
    }
  }

  private static @Nullable RejectReason exemplarProblem(
      Labels labels, int characters, long timestampMs) {
    if (labels.isEmpty()) {
      return RejectReason.EXEMPLAR_LABELS_MISSING;
    }
    if (characters > MAX_EXEMPLAR_CHARACTERS) {
      return RejectReason.EXEMPLAR_LABELS_TOO_LONG;
    }
    return timestampMs == 0 ? RejectReason.EXEMPLAR_TIMESTAMP_INVALID : null;
  }

  private void rejectSeries(RejectReason reason, byte[] source, int index, int length) {
    long refused = reader.sampleCount() + reader.histogramCount();
    // A series without samples is refused too: it counts as one, so that no refusal is silent.
    boolean isFirst =
        rejections.add(
            Kind.SAMPLE, reason, refused == 0 && reader.exemplarCount() == 0 ? 1 : refused);
    if (reader.exemplarCount() > 0) {
      rejections.add(Kind.EXEMPLAR, reason, reader.exemplarCount());
    }
    if (isFirst) {
      identity.judge(source, index, length, limits);
      rejections.describe(identity.describe(reason, limits));
    }
  }

  private void rejectTimestamp(Kind kind, long timestampMs, int offset, int length) {
    if (rejections.add(kind, RejectReason.TOO_FAR_IN_PAST, 1)) {
      rejections.describe(
          (kind == Kind.SAMPLE ? "a sample of " : "an exemplar of ")
              + seriesText(offset, length)
              + " has the timestamp "
              + timestampMs
              + ", the earliest that is taken now is "
              + minTimestampMs
              + " (reject_old_samples_max_age)");
    }
  }

  private void rejectExemplar(RejectReason reason, int characters, int offset, int length) {
    if (!rejections.add(Kind.EXEMPLAR, reason, 1)) {
      return;
    }
    String text =
        switch (reason) {
          case EXEMPLAR_LABELS_MISSING -> "it has no labels";
          case EXEMPLAR_LABELS_TOO_LONG ->
              "its labels have "
                  + characters
                  + " characters, the limit is "
                  + MAX_EXEMPLAR_CHARACTERS;
          case EXEMPLAR_TIMESTAMP_INVALID -> "it has no timestamp";
          case DUPLICATE_LABEL_NAMES -> "it has a label twice";
          default -> "it has a label whose name is empty, or that is not valid UTF-8";
        };
    rejections.describe("an exemplar of " + seriesText(offset, length) + " is invalid: " + text);
  }

  private String seriesText(int offset, int length) {
    identity.canonicalise(reader.source(offset), RemoteWriteReader.index(offset), length);
    isIdentified = true;
    return identity.describeSeries();
  }

  /// Metadata is not routed: it goes with the batch of the ingester that owns the family's name.
  private void takeMetadata() {
    int invalid = reader.invalidMetadataCount();
    if (invalid > 0 && rejections.add(Kind.METADATA, RejectReason.METADATA_INVALID, invalid)) {
      rejections.describe("the metric name of a metadata entry is not valid UTF-8");
    }
    List<MetricMetadata> entries = reader.metadata();
    for (int i = 0; i < entries.size(); i++) {
      MetricMetadata entry = entries.get(i);
      if (isMetadataTaken(entry)) {
        byte[] family = entry.family().getBytes(StandardCharsets.UTF_8);
        int token = RingToken.of(ringSeed, family, 0, family.length);
        subBatches[ring.owner(token)].batch().addMetadata(entry);
      }
    }
  }

  private boolean isMetadataTaken(MetricMetadata entry) {
    if (entry.family().isEmpty() && limits.enforceMetadataMetricName()) {
      if (rejections.add(Kind.METADATA, RejectReason.METADATA_MISSING_METRIC_NAME, 1)) {
        rejections.describe("a metadata entry has no metric name");
      }
      return false;
    }
    int max = limits.maxMetadataLength();
    int longest =
        Math.max(
            lengthBytes(entry.family()),
            Math.max(lengthBytes(entry.help()), lengthBytes(entry.unit())));
    if (max == 0 || longest <= max) {
      return true;
    }
    if (rejections.add(Kind.METADATA, RejectReason.METADATA_TOO_LONG, 1)) {
      rejections.describe(
          "the metadata of "
              + entry.family().substring(0, Math.min(80, entry.family().length()))
              + " has a text of "
              + longest
              + " bytes, the limit is "
              + max
              + " (max_metadata_length)");
    }
    return false;
  }

  private static int lengthBytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
