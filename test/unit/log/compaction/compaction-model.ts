import { expect } from 'vitest';
import type { PartitionLog } from '../../../../src/log/partition-log.ts';
import type { FoundRecord, KeyedRecord } from './compaction-fixture.ts';
import { headersIn, partsOf, recordsIn } from './compaction-fixture.ts';

interface Written extends FoundRecord {
  /** Before this moment its tombstone may not go. */
  readonly staysUntilMs: number;
}

/** All that was ever appended to a log, and what compaction may have left of it. */
export class CompactionModel {
  #written: Written[] = [];

  get endOffset(): number {
    return this.#written.length;
  }

  append(record: KeyedRecord, staysUntilMs: number): void {
    const { key, value, timestampMs = 1000 } = record;
    this.#written.push({ offset: this.#written.length, key, value, timestampMs, staysUntilMs });
  }

  cut(endOffset: number): void {
    this.#written = this.#written.slice(0, endOffset);
  }

  /** What stands was written so; what is gone was superseded, or a tombstone whose time was over. */
  verify(log: PartitionLog, nowMs: number): void {
    const parts = partsOf(log);
    verifyContiguous(log, parts);
    const found = recordsIn(parts).filter(({ offset }) => offset >= log.logStartOffset);
    const offsets = found.map(({ offset }) => offset);
    expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
    for (const record of found) {
      const { staysUntilMs, ...written } = this.#written[record.offset] as Written;
      expect(record).toEqual(written);
    }
    for (const newest of this.#newest(log.logEndOffset).values()) {
      if (newest.offset < log.logStartOffset || offsets.includes(newest.offset)) continue;
      const what = `${JSON.stringify(newest)} is gone at ${nowMs}`;
      expect(newest.value === null && nowMs >= newest.staysUntilMs, what).toBe(true);
      expect(
        found.filter(({ key }) => key === newest.key),
        what,
      ).toEqual([]);
    }
  }

  /** Below `cleanEndOffset` only the newest record of each key is left. */
  verifyCompacted(log: PartitionLog, cleanEndOffset: number): void {
    const newest = this.#newest(cleanEndOffset);
    for (const { offset, key } of recordsIn(partsOf(log))) {
      if (offset >= cleanEndOffset || offset < log.logStartOffset) continue;
      expect(offset, `of ${key}`).toBe(newest.get(key)?.offset);
    }
  }

  #newest(endOffset: number): Map<string | null, Written> {
    return new Map(this.#written.slice(0, endOffset).map((record) => [record.key, record]));
  }
}

const verifyContiguous = (log: PartitionLog, parts: readonly Uint8Array[]): void => {
  let nextOffset: number | undefined;
  for (const { baseOffset, lastOffsetDelta } of headersIn(parts)) {
    expect(baseOffset).toBe(nextOffset ?? baseOffset);
    nextOffset = baseOffset + lastOffsetDelta + 1;
  }
  if (log.logEndOffset > log.logStartOffset) expect(nextOffset).toBe(log.logEndOffset);
};
