import type { Clock, Timer } from '../../env/clock.ts';
import type { Logger } from '../../env/logger.ts';
import type { PartitionQueue } from './partition-queue.ts';
import { ProducerBatch } from './producer-batch.ts';
import type { ProducerSettings } from './producer-options.ts';
import type { DeliveryCallback, EncodedRecord } from './producer-record.ts';

export interface StoreDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: ProducerSettings;
  /** The queue may have something to send. */
  readonly onReady: (queue: PartitionQueue) => void;
  /** The bytes of a settled batch are free again. */
  readonly onReleased: (bytes: number) => void;
}

interface Entry {
  readonly queue: PartitionQueue;
  readonly batch: ProducerBatch;
}

interface Addition {
  readonly maxBatchBytes: number;
  readonly callback: DeliveryCallback | undefined;
  /** When the record was taken, where it has waited for its place; undefined: now. */
  readonly sinceMs?: number | undefined;
}

/** Room that the first batch of a queue begins with; later ones begin with the size of the last. */
const FIRST_BATCH_BYTES = 4096;

/**
 * Puts records into batches and knows when batches are due and when they are too old. Batches come
 * and go in the order of their making, so one timer each is enough for all of them; only those of
 * records that had waited before expire out of turn.
 */
export class RecordStore {
  readonly #deps: StoreDeps;
  /** Oldest first; some may have been sent since. */
  #lingering: Entry[] = [];
  /**
   * Unsettled batches, oldest first, as maps keep their order; with the queue that each was made
   * for, which may have left it to another.
   */
  readonly #live = new Map<ProducerBatch, PartitionQueue>();
  #lingerTimer: Timer | undefined;
  #isLingerDeferred = false;
  #expiryTimer: Timer | undefined;
  /** Of the batches that expire out of turn. */
  readonly #ownTimers = new Map<ProducerBatch, Timer>();
  readonly #drainListeners: Array<{ waitsFor: Set<ProducerBatch>; resolve: () => void }> = [];

  constructor(deps: StoreDeps) {
    this.#deps = deps;
  }

  /**
   * Puts the record behind all others of the queue. Its bytes are copied. It lives no longer than
   * the first of its batch may.
   */
  add(queue: PartitionQueue, record: EncodedRecord, to: Addition): void {
    if (queue.append(record, to.callback)) return;
    const wasWaiting = !queue.isEmpty;
    const batch = this.#newBatch(queue, to.maxBatchBytes);
    if (to.sinceMs !== undefined) this.#watchOwnExpiry(queue, batch, to.sinceMs);
    batch.append(record, to.callback);
    queue.push(batch);
    // The batch before it was closed because it is full.
    if (wasWaiting) this.#deps.onReady(queue);
  }

  /** Everything there is now is sent without lingering; resolves when all of it is settled. */
  flush(): Promise<void> {
    for (const { queue, batch } of this.#lingering) {
      const holder = queue.holderOf(batch);
      holder.markDue();
      this.#deps.onReady(holder);
    }
    this.#lingering = [];
    this.#lingerTimer?.cancel();
    this.#lingerTimer = undefined;
    if (this.#live.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drainListeners.push({ waitsFor: new Set(this.#live.keys()), resolve });
    });
  }

  /** Fails what is left: nobody will send it. */
  abandon(reason: string): void {
    this.#lingerTimer?.cancel();
    this.#expiryTimer?.cancel();
    this.#lingering = [];
    const holders = [...this.#live].map(([batch, queue]) => queue.holderOf(batch));
    for (const queue of new Set(holders)) queue.abandon('CLOSED', reason);
  }

  #newBatch(queue: PartitionQueue, maxBytes: number): ProducerBatch {
    const { clock, logger } = this.#deps;
    const batch = new ProducerBatch({
      topic: queue.topic,
      partition: queue.partition,
      maxBytes,
      initialBytes: Math.min(maxBytes, Math.max(FIRST_BATCH_BYTES, queue.lastBatchBytes)),
      createdMs: clock.monotonicMs(),
      onDone: (done) => this.#onDone(done),
      onCallbackError: (error) =>
        logger.error('a delivery callback threw', { topic: queue.topic, error: String(error) }),
    });
    this.#live.set(batch, queue);
    this.#lingering.push({ queue, batch });
    this.#watchLinger();
    this.#watchExpiry();
    return batch;
  }

  #onDone(batch: ProducerBatch): void {
    this.#live.delete(batch);
    this.#ownTimers.get(batch)?.cancel();
    this.#ownTimers.delete(batch);
    this.#deps.onReleased(batch.bufferedBytes);
    for (const listener of [...this.#drainListeners]) {
      listener.waitsFor.delete(batch);
      if (listener.waitsFor.size > 0) continue;
      this.#drainListeners.splice(this.#drainListeners.indexOf(listener), 1);
      listener.resolve();
    }
  }

  #watchLinger(): void {
    const { clock, settings } = this.#deps;
    if (settings.lingerMs === 0) {
      if (this.#isLingerDeferred) return;
      this.#isLingerDeferred = true;
      clock.defer(() => {
        this.#isLingerDeferred = false;
        this.#onLinger();
      });
      return;
    }
    const first = this.#lingering[0];
    if (this.#lingerTimer !== undefined || first === undefined) return;
    const dueMs = first.batch.createdMs + settings.lingerMs;
    this.#lingerTimer = clock.setTimer(Math.max(0, dueMs - clock.monotonicMs()), () => {
      this.#lingerTimer = undefined;
      this.#onLinger();
    });
  }

  #onLinger(): void {
    const { clock, settings, onReady } = this.#deps;
    const nowMs = clock.monotonicMs();
    const isLater = ({ batch }: Entry): boolean => batch.createdMs + settings.lingerMs > nowMs;
    const laterAt = this.#lingering.findIndex(isLater);
    const due = this.#lingering.splice(0, laterAt < 0 ? this.#lingering.length : laterAt);
    for (const { queue, batch } of due) {
      if (batch.state !== 'open') continue;
      batch.isDue = true;
      onReady(queue.holderOf(batch));
    }
    if (this.#lingering.length > 0) this.#watchLinger();
  }

  #watchExpiry(): void {
    const first = this.#live.keys().next().value;
    if (this.#expiryTimer !== undefined || first === undefined) return;
    const { clock, settings } = this.#deps;
    const expiresMs = first.createdMs + settings.deliveryTimeoutMs;
    this.#expiryTimer = clock.setTimer(Math.max(0, expiresMs - clock.monotonicMs()), () => {
      this.#expiryTimer = undefined;
      this.#onExpiry();
      this.#watchExpiry();
    });
  }

  #watchOwnExpiry(queue: PartitionQueue, batch: ProducerBatch, sinceMs: number): void {
    const { clock, settings } = this.#deps;
    const leftMs = sinceMs + settings.deliveryTimeoutMs - clock.monotonicMs();
    const timer = clock.setTimer(Math.max(0, leftMs), () => this.#expire(queue, batch));
    this.#ownTimers.set(batch, timer);
  }

  #onExpiry(): void {
    const { clock, settings } = this.#deps;
    const nowMs = clock.monotonicMs();
    const { deliveryTimeoutMs } = settings;
    for (const [batch, queue] of [...this.#live]) {
      if (batch.createdMs + deliveryTimeoutMs > nowMs) break;
      if (batch.state !== 'done') this.#expire(queue, batch);
    }
  }

  #expire(queue: PartitionQueue, batch: ProducerBatch): void {
    const place = `${batch.topic} partition ${batch.partition}`;
    const { deliveryTimeoutMs } = this.#deps.settings;
    const holder = queue.holderOf(batch);
    holder.expire(batch, `${place}: not acknowledged within ${deliveryTimeoutMs} ms`);
    this.#deps.onReady(holder);
  }
}
