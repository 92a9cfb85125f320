import type { LogConfig } from '../log/log-config.ts';
import { DEFAULT_LOG_CONFIG } from '../log/log-config.ts';
import type { TopicConfig } from '../metadata/topic-configs.ts';

/** What a log obeys, out of the settings of its topic. */
export const logConfigOf = (settings: TopicConfig): LogConfig => ({
  cleanupPolicy: settings.cleanupPolicy,
  segmentBytes: settings.segmentBytes,
  segmentMs: settings.segmentMs,
  retentionMs: settings.retentionMs,
  retentionBytes: settings.retentionBytes,
  deleteRetentionMs: settings.deleteRetentionMs,
  minCleanableDirtyRatio: settings.minCleanableDirtyRatio,
  minCompactionLagMs: settings.minCompactionLagMs,
  maxCompactionLagMs: settings.maxCompactionLagMs,
  indexIntervalBytes: settings.indexIntervalBytes,
  maxMessageBytes: settings.maxMessageBytes,
  compressionType: settings.compressionType,
  timestampType: settings.timestampType,
  timestampBeforeMaxMs: settings.timestampBeforeMaxMs,
  timestampAfterMaxMs: settings.timestampAfterMaxMs,
  delayEnable: settings.delayEnable,
  dedupWindowMs: settings.dedupWindowMs,
  producerExpirationMs: DEFAULT_LOG_CONFIG.producerExpirationMs,
});
