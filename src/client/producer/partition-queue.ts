import { assert } from '../../base/assert.ts';
import type { ErrorCode } from '../../base/errors.ts';
import { ERRORS } from '../../base/errors.ts';
import type { PartitionId, TopicId } from '../../base/ids.ts';
import type { ProducerStamp } from '../../record/batch-header.ts';
import type { RefusedRecord } from '../../record/refused-records.ts';
import { decideVerdict } from './decide-verdict.ts';
import type { BatchPlace, ProducerBatch, ProducerIdentity } from './producer-batch.ts';
import type { DeliveryCallback, EncodedRecord } from './producer-record.ts';

export interface QueueOptions {
  readonly topic: string;
  readonly topicId: TopicId;
  readonly partition: PartitionId;
  readonly isIdempotent: boolean;
  readonly maxInFlight: number;
  /** False where the topic, as it was when this was made, holds no record back. */
  readonly letsWait?: boolean;
}

/** Sequences are 31 bits wide and go on at 0. */
const SEQUENCE_MASK = 0x7fff_ffff;
/** 16 bits wide. */
const PRODUCER_EPOCH_MAX = 0x7fff;

const isMaybe = (code: ErrorCode): boolean => {
  const spec = ERRORS[code];
  return 'outcome' in spec && spec.outcome === 'maybe';
};

/**
 * The batches of one partition, oldest first, and what keeps them in order: at most `maxInFlight`
 * on their way, none past one that must be sent again. Synchronous; knows no broker.
 *
 * With idempotence it numbers the batches. A hole in the numbers (a batch was given up after it
 * was numbered) closes the queue to new sendings until every numbered batch is settled; then it
 * needs another identity and counts from 0. That is the next epoch of the same producer: a request
 * of the old one that is still on its way somewhere is refused behind what comes after (KIP-360).
 */
export class PartitionQueue {
  readonly topic: string;
  readonly topicId: TopicId;
  readonly partition: PartitionId;
  readonly letsWait: boolean;
  /** Nothing is sent before this moment: a retry backs off, and all behind it wait with it. */
  blockedUntilMs = 0;
  /** Size of the last batch that was closed: what the next one makes room for. */
  lastBatchBytes = 0;
  readonly #isIdempotent: boolean;
  readonly #maxInFlight: number;
  readonly #batches: ProducerBatch[] = [];
  #identity: ProducerIdentity | undefined;
  #nextSequence = 0;
  /**
   * A broker that knows nothing of this producer takes any number: until it does, one goes alone.
   */
  #isKnownToBroker = false;
  #hasGap = false;
  /** The queue of the topic that was made anew under the name; undefined: this one goes nowhere. */
  #heir: PartitionQueue | undefined;
  /** Of the topic before: nothing is sent until all that was taken there is settled or here. */
  #predecessor: PartitionQueue | undefined;
  /** Why the numbered batches that are left are failed instead of numbered anew. */
  #fatal: { readonly code: ErrorCode; readonly reason: string } | undefined;

  constructor(options: QueueOptions) {
    this.topic = options.topic;
    this.topicId = options.topicId;
    this.partition = options.partition;
    this.letsWait = options.letsWait ?? true;
    this.#isIdempotent = options.isIdempotent;
    this.#maxInFlight = options.maxInFlight;
  }

  get heir(): PartitionQueue | undefined {
    return this.#heir;
  }

  get identity(): ProducerIdentity | undefined {
    return this.#identity;
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  get batches(): readonly ProducerBatch[] {
    return this.#batches;
  }

  /** True when nothing can be sent before `adopt`. */
  get needsIdentity(): boolean {
    if (!this.#isIdempotent) return false;
    if (this.#identity === undefined) return true;
    return this.#hasGap && !this.#batches.some(({ hasSequence }) => hasSequence);
  }

  /**
   * The identity to go on with; undefined where it is to be another producer's, because there was
   * none, its epochs are used up, or somebody else has taken them.
   */
  get nextIdentity(): ProducerIdentity | undefined {
    const identity = this.#identity;
    if (identity === undefined || this.#fatal?.code === 'INVALID_PRODUCER_EPOCH') return undefined;
    if (identity.producerEpoch >= PRODUCER_EPOCH_MAX) return undefined;
    return { ...identity, producerEpoch: identity.producerEpoch + 1 };
  }

  /** Numbers what is sent from now on, from 0. */
  adopt(identity: ProducerIdentity): void {
    assert(this.needsIdentity, 'an identity is not changed under numbered batches');
    this.#identity = identity;
    this.#nextSequence = 0;
    this.#isKnownToBroker = false;
    this.#hasGap = false;
    this.#fatal = undefined;
  }

  /** The topic was deleted and made anew: what this one cannot send any more goes there. */
  leaveTo(heir: PartitionQueue): void {
    if (this.isEmpty && !this.#isPreceded) return;
    this.#heir = heir;
    heir.#predecessor = this;
  }

  /** Of this queue and those it was left to: the one with the batch in it. */
  holderOf(batch: ProducerBatch): PartitionQueue {
    if (this.#heir === undefined || this.#batches.includes(batch)) return this;
    return this.#heir.holderOf(batch);
  }

  /**
   * The topic is no more. What surely is in no log goes to the heir, before what came later, and is
   * numbered there from 0: no request names both topics, so none adds a copy. What may have been in
   * the old log fails, and so does what is to wait where the heir holds nothing back, and all where
   * there is no heir. What is on its way is waited for.
   */
  handOver(code: ErrorCode, reason: string): void {
    const heir = this.#heir;
    if (heir === undefined) {
      this.failAll(code, reason);
      return;
    }
    for (const batch of [...this.#batches]) {
      const isStranded = batch.isAmbiguous || (batch.isToWait && !heir.letsWait);
      if (batch.state !== 'inFlight' && isStranded) this.#giveUp(batch, { code, reason });
    }
    const isAwaited = this.#batches.some(({ state }) => state === 'inFlight');
    if (isAwaited || this.#isPreceded) return;
    const left = this.#batches.splice(0);
    for (const batch of left) {
      if (batch.state === 'retry') batch.forgetSequence();
      batch.close();
    }
    heir.#batches.unshift(...left);
    heir.#predecessor = undefined;
  }

  /** True when the record surely fits into the open batch. */
  takes(record: EncodedRecord): boolean {
    return this.#batches.at(-1)?.takes(record) === true;
  }

  /** Into the open batch; false where there is none or it is full (and closed by that). */
  append(record: EncodedRecord, callback: DeliveryCallback | undefined): boolean {
    const last = this.#batches.at(-1);
    if (last === undefined || last.state !== 'open') return false;
    if (last.append(record, callback)) return true;
    this.#close(last);
    return false;
  }

  /** Adds a new batch behind all others. */
  push(batch: ProducerBatch): void {
    this.#batches.push(batch);
  }

  /** The batch that may be sent now, if any. */
  nextToSend(nowMs: number): ProducerBatch | undefined {
    if (nowMs < this.blockedUntilMs || this.needsIdentity) return undefined;
    if (this.#isPreceded) return undefined;
    if (this.#hasGap) return this.#nextNumbered();
    let inFlightCount = 0;
    for (const batch of this.#batches) {
      if (batch.state === 'inFlight') {
        // While one is being repeated nothing else goes out: it may be refused again.
        if (batch.attempts > 1) return undefined;
        inFlightCount += 1;
        continue;
      }
      if (batch.state === 'retry') return inFlightCount === 0 ? batch : undefined;
      if (batch.state === 'open' && !batch.isDue) return undefined;
      return inFlightCount < this.#window() ? batch : undefined;
    }
    return undefined;
  }

  /** Closes the batch and gives it its number; the caller sends it. */
  onSending(batch: ProducerBatch): ProducerStamp | undefined {
    this.#close(batch);
    batch.state = 'inFlight';
    batch.attempts += 1;
    if (!this.#isIdempotent || batch.hasSequence || this.#identity === undefined) return undefined;
    const baseSequence = this.#nextSequence;
    this.#nextSequence = (baseSequence + batch.count) & SEQUENCE_MASK;
    return { ...this.#identity, baseSequence };
  }

  /** A broker has the batch, now or from an earlier sending. */
  onSuccess(batch: ProducerBatch, place: BatchPlace): void {
    this.#isKnownToBroker = true;
    this.#remove(batch);
    batch.succeed(place);
  }

  /** A broker refused the batch, or the connection broke; true when it will be sent again. */
  onFailure(batch: ProducerBatch, code: ErrorCode, reason: string): boolean {
    const verdict = decideVerdict({
      code,
      hasSequence: batch.hasSequence,
      isHead: this.#batches[0] === batch,
      hasGap: this.#hasGap,
      isAmbiguous: batch.isAmbiguous,
    });
    if (isMaybe(code)) batch.isAmbiguous = true;
    batch.lastFailure = `${reason} (${code})`;
    if (verdict === 'retry') {
      batch.state = 'retry';
      return true;
    }
    if (verdict === 'renumber' && this.#fatal === undefined) {
      this.#hasGap = true;
      batch.forgetSequence();
      return true;
    }
    this.#giveUp(batch, this.#fatal ?? { code, reason });
    if (verdict === 'failPartition') this.failAll(code, reason);
    return false;
  }

  /**
   * A broker refused the batch for these records alone. True: they have failed, and the others go
   * again in its place. False: that cannot be, the batch is refused as a whole.
   */
  onRecordsRefused(
    batch: ProducerBatch,
    code: ErrorCode,
    records: readonly RefusedRecord[],
  ): boolean {
    const isNamed = ({ index }: RefusedRecord): boolean => index >= 0 && index < batch.count;
    const named = records.filter(isNamed);
    const lostCount = new Set(named.map(({ index }) => index)).size;
    if (lostCount === 0 || lostCount === batch.count) return false;
    if (batch.isAmbiguous || this.#fatal !== undefined) return false;
    // It takes fewer numbers now, so that what was numbered behind it does not fit any more.
    if (batch.hasSequence) this.#onNumberLost(batch);
    batch.failRecords(named, code);
    return true;
  }

  /** The batch's time is over; what is on its way may still arrive. */
  expire(batch: ProducerBatch, reason: string): void {
    if (batch.state === 'inFlight') batch.isAmbiguous = true;
    const { lastFailure } = batch;
    const full = lastFailure === undefined ? reason : `${reason}; the last failure: ${lastFailure}`;
    this.#giveUp(batch, { code: 'DELIVERY_TIMEOUT', reason: full });
  }

  /** Fails all that is not on its way; what is settles by its answer and is not numbered anew. */
  failAll(code: ErrorCode, reason: string): void {
    if (this.#isIdempotent) {
      this.#fatal = { code, reason };
      this.#hasGap = true;
    }
    for (const batch of [...this.#batches]) {
      if (batch.state !== 'inFlight') this.#giveUp(batch, { code, reason });
    }
  }

  /** Fails everything: nobody waits for answers any more. */
  abandon(code: ErrorCode, reason: string): void {
    for (const batch of [...this.#batches]) {
      if (batch.state === 'inFlight') batch.isAmbiguous = true;
      this.#giveUp(batch, { code, reason });
    }
  }

  /** Everything that is open is sent without waiting for company. */
  markDue(): void {
    const last = this.#batches.at(-1);
    if (last?.state === 'open') last.isDue = true;
  }

  /** What was taken for the topic before this one, or one before that, is to come here yet. */
  get #isPreceded(): boolean {
    const before = this.#predecessor;
    return before !== undefined && (!before.isEmpty || before.#isPreceded);
  }

  #window(): number {
    return this.#isIdempotent && !this.#isKnownToBroker ? 1 : this.#maxInFlight;
  }

  /** Behind a gap the numbered batches are settled one by one; nothing else moves. */
  #nextNumbered(): ProducerBatch | undefined {
    if (this.#batches.some(({ state }) => state === 'inFlight')) return undefined;
    return this.#batches.find(({ hasSequence, state }) => hasSequence && state === 'retry');
  }

  #giveUp(batch: ProducerBatch, why: { readonly code: ErrorCode; readonly reason: string }): void {
    this.#remove(batch);
    if (batch.hasSequence) this.#onNumberLost(batch);
    batch.fail(why.code, why.reason);
  }

  /**
   * The last number given out can be given again, if its batch surely is in no log; others cannot.
   */
  #onNumberLost(batch: ProducerBatch): void {
    const isLast = ((batch.baseSequence + batch.count) & SEQUENCE_MASK) === this.#nextSequence;
    if (isLast && !batch.isAmbiguous && !this.#hasGap) this.#nextSequence = batch.baseSequence;
    else this.#hasGap = true;
  }

  #close(batch: ProducerBatch): void {
    if (batch.state !== 'open') return;
    this.lastBatchBytes = batch.sizeBytes;
    batch.close();
  }

  #remove(batch: ProducerBatch): void {
    const index = this.#batches.indexOf(batch);
    assert(index >= 0, 'a batch is settled once');
    if (index === 0) this.#batches.shift();
    else this.#batches.splice(index, 1);
  }
}
