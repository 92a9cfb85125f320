import { readInt16At } from '../../base/bytes/big-endian.ts';
import { OttlaError } from '../../base/errors.ts';
import { NONE } from '../../base/ids.ts';
import type { LogConfig } from '../../log/log-config.ts';
import { FEATURES } from '../../metadata/versions.ts';
import type { BatchHeader, ProducerStamp } from '../../record/batch-header.ts';
import { ATTRIBUTES_AT, codecOf, readBatchHeader } from '../../record/batch-header.ts';
import { decodeBatch, openRecords } from '../../record/batch-reader.ts';
import { codecNameOf } from '../../record/codec.ts';
import { scheduleOf } from '../../record/cron/cron-ticks.ts';
import { recompress } from '../../record/recompress.ts';
import type { DecodedRecord, EncodableRecord, RecordHeader } from '../../record/record.ts';
import { openedBytesMax, refusalOfRecords } from '../../record/records-bound.ts';
import type { RefusedRecord } from '../../record/refused-records.ts';
import { NAMED_RECORDS_MAX, RefusedRecordsError } from '../../record/refused-records.ts';
import { validateBatch } from '../../record/validate-batch.ts';
import type { AskedDelay } from './delay-headers.ts';
import { askedDelay, DELAY_PREFIXES } from './delay-headers.ts';
import { heldBatch } from './held-batch.ts';

/** Records of a batch with a delay among them: each is an object while the batch is rewritten. */
const RECORDS_MAX = 100_000;
/** Records of a batch with a schedule of their own: each is looked up. */
const REPEATING_MAX = 100;

/** What the leader makes of a batch in which a record is not due yet. */
export interface HeldForm {
  /** The held batch that is appended in the place of the sent one. */
  readonly stored: Uint8Array;
  /** The records that are due at once, by their places in the batch. */
  readonly due: readonly { readonly index: number; readonly record: EncodableRecord }[];
  /** When the leader took it, by its wall clock. */
  readonly nowMs: number;
}

export interface HoldLimits {
  /** Of the log, for messages. */
  readonly name: string;
  readonly config: Pick<LogConfig, 'maxMessageBytes'>;
  /** The leader's wall clock: delays count from here. */
  readonly nowMs: number;
  /** Whichever broker leads next knows records that repeat. */
  readonly mayRepeat: boolean;
}

/**
 * The held form of a producer's batch, whose codec is loaded; undefined where none of its records
 * has to wait, and where the log will refuse it as damaged. Throws INVALID_RECORD, with the
 * records, where headers do not say when; MESSAGE_TOO_LARGE for more records than are looked at.
 */
export const holdBack = (batch: Uint8Array, limits: HoldLimits): HeldForm | undefined => {
  const maxBytes = Number.MAX_SAFE_INTEGER;
  if (validateBatch(batch, { maxBytes }) !== undefined) return undefined;
  const records = recordsThatAsk(batch, limits);
  if (records === undefined) return undefined;
  const dues = duesOf(records, limits);
  const { nowMs } = limits;
  if (dues.every((dueMs) => dueMs <= nowMs)) return undefined;
  const held = records.map((record, index) => ({
    record,
    dueMs: dues[index] ?? nowMs,
    replaces: NONE,
    firstOffset: NONE,
  }));
  const due = records.filter((_, index) => (dues[index] ?? nowMs) <= nowMs);
  return {
    stored: heldBatch(held, stampOf(readBatchHeader(batch))),
    due: due.map((record) => ({ index: record.offset, record })),
    nowMs,
  };
};

export interface PoolHoldLimits extends HoldLimits {
  readonly config: Pick<LogConfig, 'maxMessageBytes' | 'compressionType'>;
  /** The batch with its records uncompressed, where that is there. */
  readonly opened: Uint8Array | undefined;
}

/** As `holdBack`, of a batch in any loaded codec; its held form is in the codec of the topic. */
export const holdBackInPool = async (
  batch: Uint8Array,
  limits: PoolHoldLimits,
): Promise<HeldForm | undefined> => {
  const { compressionType, maxMessageBytes } = limits.config;
  const sent = codecNameOf(codecOf(readInt16At(batch, ATTRIBUTES_AT)));
  const maxRecordsBytes = openedBytesMax(maxMessageBytes);
  const plain =
    sent === 'none'
      ? batch
      : (limits.opened ?? (await recompress(batch, { target: 'none', maxRecordsBytes })));
  const held = holdBack(plain, limits);
  const target = compressionType === 'producer' ? sent : compressionType;
  if (held === undefined || target === undefined || target === 'none') return held;
  const bounds = { target, maxRecordsBytes: Number.MAX_SAFE_INTEGER };
  return { ...held, stored: await recompress(held.stored, bounds) };
};

const stampOf = ({ producerId, producerEpoch, baseSequence }: BatchHeader): ProducerStamp => ({
  producerId,
  producerEpoch,
  baseSequence,
});

/** Undefined where the bytes of no header of a delay are anywhere in them. */
const recordsThatAsk = (
  batch: Uint8Array,
  { name, config }: HoldLimits,
): readonly DecodedRecord[] | undefined => {
  const header = readBatchHeader(batch);
  const maxDecompressedBytes = openedBytesMax(config.maxMessageBytes);
  try {
    const section = openRecords(batch, header, { maxDecompressedBytes });
    const bytes = Buffer.from(section.buffer, section.byteOffset, section.length);
    if (!DELAY_PREFIXES.some((prefix) => bytes.includes(prefix))) return undefined;
    if (header.recordCount > RECORDS_MAX) {
      throw new OttlaError(
        'MESSAGE_TOO_LARGE',
        `${name} holds records back, and a batch of ${header.recordCount} is not looked at: send fewer`,
      );
    }
    return decodeBatch(batch, { maxDecompressedBytes, verifyCrc: false }).records;
  } catch (error) {
    throw refusalOfRecords(error, name);
  }
};

const TOO_MANY_REPEAT: AskedDelay = {
  kind: 'refused',
  reason: `more than ${REPEATING_MAX} records of the batch repeat: send fewer at once`,
};

const askedRepeat = (
  headers: readonly RecordHeader[],
  {
    nowMs,
    repeating,
    mayRepeat,
  }: { readonly nowMs: number; readonly repeating: number; readonly mayRepeat: boolean },
): AskedDelay => {
  if (!mayRepeat) return NOBODY_REPEATS;
  return repeating > REPEATING_MAX ? TOO_MANY_REPEAT : askedDelay(headers, nowMs);
};

const NOBODY_REPEATS: AskedDelay = {
  kind: 'refused',
  reason: `it repeats, which needs metadata.version ${FEATURES.repeats.since}: see ottla cluster upgrade`,
};

/** When each record is due; those that ask for no delay are at once. */
const duesOf = (
  records: readonly DecodedRecord[],
  { name, nowMs, mayRepeat }: HoldLimits,
): readonly number[] => {
  const refused: RefusedRecord[] = [];
  const dues: number[] = [];
  let repeating = 0;
  for (const [index, { offset, headers }] of records.entries()) {
    // Refused ones count too: what is bounded is how often a batch has one looked up.
    const isRepeating = scheduleOf(headers) !== undefined;
    if (isRepeating) repeating += 1;
    const asked = isRepeating
      ? askedRepeat(headers, { nowMs, repeating, mayRepeat })
      : askedDelay(headers, nowMs);
    dues.push(asked.kind === 'due' ? asked.dueMs : nowMs);
    const reason =
      offset !== index
        ? `it has offset delta ${offset} in the place of ${index}`
        : asked.kind === 'refused'
          ? asked.reason
          : undefined;
    if (reason === undefined) continue;
    if (refused.push({ index, reason }) === NAMED_RECORDS_MAX) break;
  }
  const [first] = refused;
  if (first === undefined) return dues;
  const message = `${name}: record ${first.index} of the batch: ${first.reason}`;
  throw new RefusedRecordsError('INVALID_RECORD', message, refused);
};
