import type { BatchHeader } from '../record/batch-header.ts';
import type { RecordSpan } from '../record/record-spans.ts';
import type { RefusedRecord } from '../record/refused-records.ts';
import { NAMED_RECORDS_MAX, RefusedRecordsError } from '../record/refused-records.ts';
import type { LogConfig } from './log-config.ts';
import { openSpans } from './record-access.ts';

/** The timestamp of a record that has none. */
const NO_TIMESTAMP = -1;

export type TimestampRules = Pick<
  LogConfig,
  'timestampType' | 'timestampBeforeMaxMs' | 'timestampAfterMaxMs'
>;

export interface TimestampLimits {
  /** Of the log, for messages. */
  readonly name: string;
  readonly config: TimestampRules & Pick<LogConfig, 'maxMessageBytes'>;
  readonly nowWallMs: number;
}

/** Milliseconds since 1970, both inclusive. */
interface Range {
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * Throws INVALID_TIMESTAMP, with the records, for a producer's batch whose timestamps lie too far
 * from the broker's clock; or as `openSpans`. The header has the latest of them, and that is
 * believed: it is what retention and searches by time go by. So records are only looked at where
 * there is a bound to the past as well, and to name those that are refused.
 */
export const requireTimely = (
  batch: Uint8Array,
  header: BatchHeader,
  limits: TimestampLimits,
): void => {
  const { name, config, nowWallMs } = limits;
  if (!looksAtTimes(config, header.maxTimestampMs, nowWallMs)) return;
  const range = {
    firstMs: nowWallMs - config.timestampBeforeMaxMs,
    lastMs: nowWallMs + config.timestampAfterMaxMs,
  };
  const why = 'has bounds to the timestamps of records';
  const refused = untimely(openSpans(batch, { name, config, why }), range);
  const isTooLate = header.maxTimestampMs > range.lastMs;
  if (isTooLate || refused.length > 0) throw refuse(limits, header, refused);
};

/** Whether `requireTimely` looks at the records of a batch with this greatest timestamp. */
export const looksAtTimes = (
  { timestampType, timestampBeforeMaxMs, timestampAfterMaxMs }: TimestampRules,
  maxTimestampMs: number,
  nowWallMs: number,
): boolean => {
  if (timestampType !== 'CreateTime') return false;
  // No record can be older than the beginning of time, where no bound to the past leads to.
  const isPastBound = timestampBeforeMaxMs < Number.MAX_SAFE_INTEGER;
  return isPastBound || maxTimestampMs > nowWallMs + timestampAfterMaxMs;
};

const untimely = (spans: Iterable<RecordSpan>, { firstMs, lastMs }: Range): RefusedRecord[] => {
  const refused: RefusedRecord[] = [];
  let index = -1;
  for (const { timestampMs } of spans) {
    index += 1;
    if (timestampMs === NO_TIMESTAMP) continue;
    if (timestampMs >= firstMs && timestampMs <= lastMs) continue;
    const reason = `timestamp ${timestampMs} is not within ${firstMs} to ${lastMs}`;
    if (refused.push({ index, reason }) === NAMED_RECORDS_MAX) break;
  }
  return refused;
};

const refuse = (
  { name, config }: TimestampLimits,
  { maxTimestampMs }: BatchHeader,
  refused: readonly RefusedRecord[],
): RefusedRecordsError => {
  const [first] = refused;
  const what =
    first === undefined
      ? `the batch has a greatest timestamp of ${maxTimestampMs}`
      : `record ${first.index} of the batch: ${first.reason}`;
  const bounds =
    `message.timestamp.before.max.ms=${config.timestampBeforeMaxMs}, ` +
    `message.timestamp.after.max.ms=${config.timestampAfterMaxMs}`;
  return new RefusedRecordsError('INVALID_TIMESTAMP', `${name}: ${what} (${bounds})`, refused);
};
