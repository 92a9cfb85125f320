import { readInt64At, writeInt64At } from '../../base/bytes/big-endian.ts';
import type { Offset } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { BuildOptions } from '../../record/batch-builder.ts';
import { BatchBuilder } from '../../record/batch-builder.ts';
import type { ProducerStamp } from '../../record/batch-header.ts';
import {
  DELIVERY_BIT,
  HELD_BIT,
  isDelivery,
  isHeld,
  setAttributes,
} from '../../record/batch-header.ts';
import { decodeBatch } from '../../record/batch-reader.ts';
import { withoutSchedule } from '../../record/cron/cron-ticks.ts';
import type { DecodedRecord, EncodableRecord, RecordHeader } from '../../record/record.ts';

/** Last header of a held record: due i64, offset that it replaces i64, first offset i64. */
const HOLD = 'ottla-hold';
/** Last header of a record that cancels another one: where that was held first i64. */
const DROP = 'ottla-drop';
/** Last header of a delivered record: where it was held first, as decimal digits. */
export const HELD_OFFSET = 'ottla-held-offset';
/** The header before it: the timestamp it had, milliseconds since 1970, as decimal digits. */
export const HELD_TIMESTAMP = 'ottla-held-timestamp';

/** Headers of a delivered record that repeats, between these two: the moment that this delivery was
 * for, and the next one; milliseconds since 1970, as decimal digits. */
const CRON_TICK = 'ottla-cron-tick';
const CRON_NEXT = 'ottla-cron-next';

const HOLD_BYTES = 24;
const DROP_BYTES = 8;

/** A record that waits. */
export interface Hold {
  readonly offset: Offset;
  /** Milliseconds since 1970. */
  readonly dueMs: number;
  /** Where it was held first, by which others know it. */
  readonly firstOffset: Offset;
  /** Its due time is that of its last delivery, and not of its held form. */
  readonly isTold?: true;
}

/**
 * What one record in the log does to the set of those that wait, in the order of the log. What goes
 * is named by where it was held first: a step between may be compacted away, or never have come.
 */
export type Change =
  | { readonly kind: 'hold'; readonly hold: Hold; readonly replaces: Offset }
  | { readonly kind: 'gone'; readonly offset: Offset }
  /** Delivered, and waits on where it is held. */
  | { readonly kind: 'repeated'; readonly offset: Offset; readonly dueMs: number }
  /** Gone, and never delivered: by the record at `atOffset`. */
  | { readonly kind: 'cancelled'; readonly offset: Offset; readonly atOffset: Offset };

/** A record to be held, and since when it is. */
export interface HeldRecord {
  readonly record: EncodableRecord;
  readonly dueMs: number;
  /** Of the held form that this one takes the place of; NONE where it is new. */
  readonly replaces: Offset;
  /** NONE: this is the first. */
  readonly firstOffset: Offset;
}

/** Base offset 0. The stamp is the producer's, or nobody's; the codec none where it is left out. */
export const heldBatch = (
  records: readonly HeldRecord[],
  options: Partial<ProducerStamp> & Pick<BuildOptions, 'codec'> = {},
): Uint8Array => {
  const builder = new BatchBuilder({ maxBytes: Number.POSITIVE_INFINITY });
  for (const { record, dueMs, replaces, firstOffset } of records) {
    const value = new Uint8Array(HOLD_BYTES);
    writeInt64At(value, 0, dueMs);
    writeInt64At(value, 8, replaces);
    writeInt64At(value, 16, firstOffset);
    const headers = [...(record.headers ?? []), { key: HOLD, value }];
    builder.append({ ...record, headers });
  }
  const batch = builder.build(options);
  setAttributes(batch, HELD_BIT);
  return batch;
};

/** A due record, and where it was held first. */
export interface DueRecord {
  readonly firstOffset: Offset;
  /** As its producer sent it. */
  readonly record: EncodableRecord;
  /** It waits on; undefined: for the last time. */
  readonly repeat?: Repeat | undefined;
}

/** Milliseconds since 1970. */
export interface Repeat {
  /** What this delivery is for. */
  readonly tickMs: number;
  readonly nextMs: number;
}

/**
 * A held batch, base offset 0, of records that were never sent: each says that the one first held
 * at its offset waits no longer. `nowMs` is theirs: compaction counts from it how long they stay.
 */
export const cancelBatch = (firstOffsets: readonly Offset[], nowMs: number): Uint8Array => {
  const builder = new BatchBuilder({ maxBytes: Number.POSITIVE_INFINITY });
  for (const offset of firstOffsets) {
    const value = new Uint8Array(DROP_BYTES);
    writeInt64At(value, 0, offset);
    const headers = [{ key: DROP, value }];
    builder.append({ key: null, value: null, timestampMs: nowMs, headers });
  }
  const batch = builder.build({});
  setAttributes(batch, HELD_BIT);
  return batch;
};

/**
 * One ordinary batch of records that are due, in their order, with base offset 0 and no producer.
 * Their timestamp is the moment of delivery: retention counts from then. The one they had, and
 * where they were held first, are told by two headers behind their own.
 */
export const deliveryBatch = (
  due: readonly DueRecord[],
  nowMs: number,
  options: Pick<BuildOptions, 'codec'> = {},
): Uint8Array => {
  const builder = new BatchBuilder({ maxBytes: Number.POSITIVE_INFINITY });
  for (const { firstOffset, record, repeat } of due) {
    const headers = [
      ...withoutSchedule(record.headers ?? []),
      header(HELD_TIMESTAMP, record.timestampMs),
      ...(repeat === undefined
        ? []
        : [header(CRON_TICK, repeat.tickMs), header(CRON_NEXT, repeat.nextMs)]),
      header(HELD_OFFSET, firstOffset),
    ];
    builder.append({ ...record, headers, timestampMs: nowMs });
  }
  const batch = builder.build(options);
  setAttributes(batch, DELIVERY_BIT);
  return batch;
};

const header = (key: string, value: number): RecordHeader => ({
  key,
  value: Buffer.from(String(value)),
});

/** What a batch of the log, whose codec is loaded, changes. Throws CORRUPT_MESSAGE. */
export const changesOf = (batch: Uint8Array): Change[] => {
  const { header, records } = decodeBatch(batch, { verifyCrc: false });
  const read = isHeld(header.attributes)
    ? changeOf
    : isDelivery(header.attributes)
      ? deliveryOf
      : undefined;
  return read === undefined ? [] : records.flatMap((record) => read(record) ?? []);
};

/** The records of a held batch as they are to be delivered, by their offsets. */
export const heldRecords = (batch: Uint8Array): Map<Offset, EncodableRecord> => {
  const { records } = decodeBatch(batch, { verifyCrc: false });
  return new Map(
    records.map(({ offset, key, value, headers, timestampMs }) => {
      const record = { key, value, timestampMs, headers: headers.slice(0, -1) };
      return [offset, record];
    }),
  );
};

const lastOf = ({ headers }: DecodedRecord): RecordHeader | undefined => headers.at(-1);

const changeOf = (record: DecodedRecord): Change | undefined => {
  const { key, value } = lastOf(record) ?? { key: '', value: null };
  if (key === DROP && value?.length === DROP_BYTES) {
    return { kind: 'cancelled', offset: readInt64At(value, 0), atOffset: record.offset };
  }
  if (key !== HOLD || value === null || value.length !== HOLD_BYTES) return undefined;
  const first = readInt64At(value, 16);
  const { offset } = record;
  const hold = {
    offset,
    dueMs: readInt64At(value, 0),
    firstOffset: first === NONE ? offset : first,
  };
  return { kind: 'hold', hold, replaces: readInt64At(value, 8) };
};

const deliveryOf = (record: DecodedRecord): Change | undefined => {
  const { key, value } = lastOf(record) ?? { key: '', value: null };
  if (key !== HELD_OFFSET || value === null) return undefined;
  const offset = numberOf(value);
  // A delivery that ends there has another header of ours in its place.
  const next = record.headers.at(-2);
  if (next?.key !== CRON_NEXT || next.value === null) return { kind: 'gone', offset };
  return { kind: 'repeated', offset, dueMs: numberOf(next.value) };
};

const numberOf = (digits: Uint8Array): number => Number(Buffer.from(digits).toString('latin1'));
