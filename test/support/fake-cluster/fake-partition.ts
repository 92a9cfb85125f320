import type { ErrorCode } from '../../../src/base/errors.ts';
import type { BatchHeader } from '../../../src/record/batch-header.ts';
import { readBatchHeader, stampBatch } from '../../../src/record/batch-header.ts';
import { decodeBatch } from '../../../src/record/batch-reader.ts';
import type { DecodedRecord } from '../../../src/record/record.ts';
import type { RefusedRecord } from '../../../src/record/refused-records.ts';
import { validateBatch } from '../../../src/record/validate-batch.ts';

/** Batches of one producer that are remembered, as Kafka has it. */
const REMEMBERED = 5;

interface StoredBatch {
  readonly bytes: Uint8Array;
  readonly baseOffset: number;
  readonly nextOffset: number;
}

interface RememberedProducer {
  readonly producerEpoch: number;
  readonly batches: readonly RememberedBatch[];
}

interface RememberedBatch {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
}

export interface AppendResult {
  readonly code: ErrorCode;
  readonly baseOffset: number;
  readonly refusedRecords?: readonly RefusedRecord[];
}

/** One replica's log, shared by whoever leads it: nothing is ever lost between leaders. */
export class FakePartition {
  leader: number;
  leaderEpoch = 1;
  logStartOffset = 0;
  maxMessageBytes: number;
  /** Later ones are refused by record. */
  maxTimestampMs: number = Number.MAX_SAFE_INTEGER;
  /** Called once at the next append or change of leader. */
  #waiters: Array<() => void> = [];
  readonly #batches: StoredBatch[] = [];
  readonly #producers = new Map<number, RememberedProducer>();

  constructor(leader: number, maxMessageBytes: number) {
    this.leader = leader;
    this.maxMessageBytes = maxMessageBytes;
  }

  get endOffset(): number {
    return this.#batches.at(-1)?.nextOffset ?? 0;
  }

  /** All records in the log, decoded. */
  get records(): readonly DecodedRecord[] {
    return this.#batches.flatMap(({ bytes }) => decodeBatch(bytes).records);
  }

  get headers(): readonly BatchHeader[] {
    return this.#batches.map(({ bytes }) => readBatchHeader(bytes));
  }

  get batchCount(): number {
    return this.#batches.length;
  }

  /** Checks as a broker does, then appends, or answers a repetition with its first place. */
  append(sent: Uint8Array): AppendResult {
    const fault = validateBatch(sent, { maxBytes: this.maxMessageBytes });
    if (fault !== undefined) return { code: fault.code, baseOffset: -1 };
    const header = readBatchHeader(sent);
    const known = this.#producers.get(header.producerId);
    const { producerEpoch } = header;
    const recent = known?.producerEpoch === producerEpoch ? known.batches : [];
    if (known !== undefined && producerEpoch < known.producerEpoch) {
      return { code: 'INVALID_PRODUCER_EPOCH', baseOffset: -1 };
    }
    if (header.producerId >= 0) {
      const verdict = this.#checkSequence(recent, header.baseSequence, header.recordCount);
      if (verdict !== undefined) return verdict;
    }
    const refusedRecords = this.#tooLate(sent);
    if (refusedRecords.length > 0) {
      return { code: 'INVALID_TIMESTAMP', baseOffset: -1, refusedRecords };
    }
    const bytes = sent.slice();
    const baseOffset = this.endOffset;
    stampBatch(bytes, { baseOffset, partitionLeaderEpoch: this.leaderEpoch });
    this.#batches.push({ bytes, baseOffset, nextOffset: baseOffset + header.recordCount });
    if (header.producerId >= 0) {
      const firstSequence = header.baseSequence;
      const lastSequence = firstSequence + header.recordCount - 1;
      const batches = [...recent, { firstSequence, lastSequence, baseOffset }].slice(-REMEMBERED);
      this.#producers.set(header.producerId, { producerEpoch, batches });
    }
    this.wake();
    return { code: 'NONE', baseOffset };
  }

  /** Puts bytes into the log as they are. */
  appendRaw(bytes: Uint8Array, recordCount: number): void {
    const baseOffset = this.endOffset;
    stampBatch(bytes, { baseOffset, partitionLeaderEpoch: this.leaderEpoch });
    this.#batches.push({ bytes, baseOffset, nextOffset: baseOffset + recordCount });
    this.wake();
  }

  /** Whole batches from the one that holds the offset on; one at least. */
  read(fetchOffset: number, maxBytes: number): Uint8Array[] {
    const found: Uint8Array[] = [];
    let sizeBytes = 0;
    for (const { bytes, nextOffset } of this.#batches) {
      if (nextOffset <= fetchOffset) continue;
      if (found.length > 0 && sizeBytes + bytes.length > maxBytes) break;
      found.push(bytes);
      sizeBytes += bytes.length;
    }
    return found;
  }

  /** First offset at or after the moment; -1 where there is none. */
  offsetAt(timestampMs: number): number {
    return this.records.find((record) => record.timestampMs >= timestampMs)?.offset ?? -1;
  }

  moveTo(leader: number): void {
    this.leader = leader;
    this.leaderEpoch += 1;
    this.wake();
  }

  forgetProducers(): void {
    this.#producers.clear();
  }

  whenChanged(callback: () => void): void {
    this.#waiters.push(callback);
  }

  wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }

  #tooLate(sent: Uint8Array): RefusedRecord[] {
    return decodeBatch(sent).records.flatMap(({ timestampMs }, index) =>
      timestampMs > this.maxTimestampMs ? [{ index, reason: 'too late' }] : [],
    );
  }

  #checkSequence(
    recent: readonly RememberedBatch[],
    firstSequence: number,
    recordCount: number,
  ): AppendResult | undefined {
    const known = recent.find(
      (batch) =>
        batch.firstSequence === firstSequence &&
        batch.lastSequence === firstSequence + recordCount - 1,
    );
    if (known !== undefined) return { code: 'NONE', baseOffset: known.baseOffset };
    const last = recent.at(-1);
    if (last === undefined || firstSequence === last.lastSequence + 1) return undefined;
    return { code: 'OUT_OF_ORDER_SEQUENCE_NUMBER', baseOffset: -1 };
  }
}
