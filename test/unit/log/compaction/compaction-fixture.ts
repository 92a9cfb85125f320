import { must } from '../../../../src/base/assert.ts';
import type { PassResult } from '../../../../src/log/compaction/compaction-pass.ts';
import { Pace } from '../../../../src/log/compaction/pace.ts';
import type { LogConfig } from '../../../../src/log/log-config.ts';
import { DEFAULT_LOG_CONFIG } from '../../../../src/log/log-config.ts';
import type { PartitionLog } from '../../../../src/log/partition-log.ts';
import { BatchBuilder } from '../../../../src/record/batch-builder.ts';
import type { BatchHeader, ProducerStamp } from '../../../../src/record/batch-header.ts';
import { splitBatches } from '../../../../src/record/batch-header.ts';
import { decodeBatch } from '../../../../src/record/batch-reader.ts';
import type { Codec } from '../../../../src/record/codec.ts';
import { LogFixture } from '../log-fixture.ts';

/** A record as a test writes and reads it; `value` null is a tombstone. */
export interface KeyedRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly timestampMs?: number;
}

export interface KeyedBatch extends Partial<ProducerStamp> {
  readonly records: readonly KeyedRecord[];
  readonly codec?: Codec;
}

export interface FoundRecord {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly timestampMs: number;
}

const bytesOf = (text: string | null): Uint8Array | null =>
  text === null ? null : Buffer.from(text);
const textOf = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString();

export const keyedBatch = ({ records, ...build }: KeyedBatch): Uint8Array => {
  const builder = new BatchBuilder({ maxBytes: 1024 * 1024 });
  for (const { key, value, timestampMs = 1000 } of records) {
    builder.append({ key: bytesOf(key), value: bytesOf(value), timestampMs });
  }
  return builder.build(build);
};

export const recordsIn = (parts: readonly Uint8Array[]): FoundRecord[] =>
  parts.flatMap((part) =>
    [...splitBatches(part)].flatMap(({ position, sizeBytes }) =>
      decodeBatch(part.subarray(position, position + sizeBytes)).records.map((record) => ({
        offset: record.offset,
        key: textOf(record.key),
        value: textOf(record.value),
        timestampMs: record.timestampMs,
      })),
    ),
  );

export const headersIn = (parts: readonly Uint8Array[]): BatchHeader[] =>
  parts.flatMap((part) =>
    [...splitBatches(part)].map(
      ({ position, sizeBytes }) =>
        decodeBatch(part.subarray(position, position + sizeBytes)).header,
    ),
  );

/** All batches from the start, as a follower reads them. */
export const partsOf = (log: PartitionLog, from: number = log.logStartOffset): Uint8Array[] => {
  const parts: Uint8Array[] = [];
  let fetchOffset = from;
  while (fetchOffset < log.logEndOffset) {
    const endOffset = log.logEndOffset;
    const read = log.read({ fetchOffset, maxBytes: 700, endOffset, atLeastOne: true });
    parts.push(...read.parts);
    fetchOffset = read.nextOffset;
  }
  return parts;
};

export const recordsOf = (log: PartitionLog): FoundRecord[] => recordsIn(partsOf(log));

/** `key=value` of each record, in order. */
export const linesOf = (log: PartitionLog): string[] =>
  recordsOf(log).map(({ key, value }) => `${key}=${value}`);

/** A log that is compacted, with small segments and no cache, so that all is read from files. */
export class CompactedFixture extends LogFixture {
  override config: LogConfig = {
    ...DEFAULT_LOG_CONFIG,
    indexIntervalBytes: 200,
    cleanupPolicy: 'compact',
    segmentBytes: 400,
    minCleanableDirtyRatio: 0,
    deleteRetentionMs: 1000,
  };
  override cacheBytes = 0;
  dedupeBufferBytes = 64 * 1024;

  /** One batch. */
  put(...records: KeyedRecord[]): void {
    this.putBatch({ records });
  }

  putBatch(batch: KeyedBatch, leaderEpoch = 1): void {
    this.log.appendAsLeader(keyedBatch(batch), leaderEpoch);
  }

  /** Closes the active segment behind what is there, by a record of a key of its own. */
  async roll(): Promise<void> {
    const { config } = this.log;
    const key = `roll-${this.log.logEndOffset}`;
    this.log.config = { ...config, segmentMs: 0 };
    this.put({ key, value: 'x' });
    this.log.config = config;
    await this.flush();
  }

  /** `onCount` is called whenever bytes are counted, in the middle of the pass. */
  async compact(nowWallMs = 0, onCount = () => {}): Promise<PassResult | undefined> {
    const pace = new Pace({ clock: this.clock, maxBytesPerSecond: Number.POSITIVE_INFINITY });
    const count = pace.count.bind(pace);
    pace.count = (bytes) => {
      count(bytes);
      onCount();
    };
    const { log, dedupeBufferBytes } = this;
    const moment = { nowWallMs, highWatermark: log.logEndOffset };
    return this.run(log.compaction.run(moment, { pace, dedupeBufferBytes }));
  }

  async compacted(nowWallMs = 0): Promise<PassResult> {
    return must(await this.compact(nowWallMs), 'there was something to compact');
  }

  files(suffix: string): string[] {
    return this.disk
      .list(this.log.directory)
      .map(({ name }) => name)
      .filter((name) => name.endsWith(suffix));
  }
}
