import { OttlaError } from '../../base/errors.ts';
import type { Offset } from '../../base/ids.ts';
import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';

/** What a member leaves out while it cannot handle all. */
export interface DegradeOptions {
  /** Skips records whose timestamp lies further back, by this machine's clock. */
  readonly skipOlderThanMs?: number | undefined;
  /** Handles this share of the records, 0 to 1, and skips the others: the same ones each time. */
  readonly sample?: number | undefined;
  /** Handles nothing; partitions, sessions and what is finished stay as they are. */
  readonly pause?: boolean | undefined;
}

const KEYS: KeysOf<DegradeOptions> = { skipOlderThanMs: true, sample: true, pause: true };

/** Throws CONFIG naming what is unknown or wrong. */
export const checkDegrade = (options: DegradeOptions): DegradeOptions => {
  checkKeys('key of degrade', options, KEYS);
  const { skipOlderThanMs = 0, sample = 1, pause = false } = options;
  if (!Number.isSafeInteger(skipOlderThanMs) || skipOlderThanMs < 0) {
    throw config(`skipOlderThanMs=${skipOlderThanMs} is not a whole number of 0 or more`);
  }
  if (typeof sample !== 'number' || !(sample >= 0 && sample <= 1)) {
    throw config(`sample=${String(sample)} is no share: give 0 to 1`);
  }
  if (typeof pause !== 'boolean') throw config(`pause=${String(pause)} is neither true nor false`);
  return { ...options };
};

const config = (message: string): OttlaError => new OttlaError('CONFIG', `degrade ${message}`);

/** What both leave out is left out. */
export const combine = (a: DegradeOptions, b: DegradeOptions): DegradeOptions => ({
  skipOlderThanMs: least(a.skipOlderThanMs, b.skipOlderThanMs),
  sample: least(a.sample, b.sample),
  pause: a.pause === true || b.pause === true,
});

const least = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);

export interface DatedRecord {
  readonly partition: number;
  readonly offset: Offset;
  /** Negative: it has none, and is as old as any other. */
  readonly timestampMs: number;
}

export const isLeftOut = (
  { skipOlderThanMs, sample }: DegradeOptions,
  record: DatedRecord,
  nowMs: number,
): boolean => {
  const { timestampMs } = record;
  const isDated = skipOlderThanMs !== undefined && timestampMs >= 0;
  if (isDated && nowMs - timestampMs > skipOlderThanMs) return true;
  return sample !== undefined && drawOf(record) >= sample;
};

/**
 * From 0 to 1 (exclusive), by the place of a record alone: whoever goes on with the partition draws
 * the same. Steps by the golden ratio spread evenly, so that few records in a row make a sample.
 */
const drawOf = ({ partition, offset }: DatedRecord): number =>
  (Math.imul(offset + partition * PARTITION_STEP, GOLDEN_STEP) >>> 0) / 2 ** 32;

/** The golden ratio of 2^32, odd. */
const GOLDEN_STEP = 0x9e_37_79_b1;
/** Partitions do not draw in step. */
const PARTITION_STEP = 97;
