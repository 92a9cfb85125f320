import type { Offset, PartitionId } from '../../base/ids.ts';
import { DelayedAdmin } from '../admin/delayed-admin.ts';
import type { DelayedRecordId, WholeDelayedRecord } from '../admin/delayed-types.ts';
import { listEnds } from '../cluster/list-offsets.ts';
import type { ClientContext } from '../context.ts';
import type { FailureTrail } from '../failure/failure-trail.ts';
import { splitTrail } from '../failure/failure-trail.ts';
import { asOttlaError, backoffMs, pause, RETRY_BACKOFF } from '../timing.ts';
import type { Lane } from './retry-order.ts';
import { RetryOrder } from './retry-order.ts';
import { hopsIn } from './retry-record.ts';

export interface RetryPartitionDeps {
  readonly context: ClientContext;
  readonly retryTopic: string;
  readonly partition: PartitionId;
  readonly laneOf: (stored: { readonly key: Uint8Array | null }) => Lane;
  /** Whether the record is one of this group's, from the partition that is read beside. */
  readonly isOwn: (trail: FailureTrail) => boolean;
  /** Up to where the retry topic is taken in; undefined: not known yet. */
  readonly positionOf: () => Offset | undefined;
  /** More may be taken in. */
  readonly tell: () => void;
}

interface FoundRecord extends WholeDelayedRecord {
  readonly trail: FailureTrail;
  readonly hops: number;
}

/** How often is looked whether the retry topic was taken in up to where it ended. */
const READ_CHECK_MS = 20;
/** What is due for so long and has not come may have been cancelled. */
const LATE_MS = 30_000;
/** Records of which the headers are asked for at a time. */
const AT_ONCE = 50;

/**
 * What of one partition is in the retry topic. Whoever takes the partition over looks first: what
 * waits is told by the broker, what was delivered is read up to the end that came after. Until
 * then nothing of the partition is handled, for it might be behind something.
 */
export class RetryPartition {
  readonly order = new RetryOrder();
  readonly #deps: RetryPartitionDeps;
  readonly #delayed: DelayedAdmin;
  readonly #closed = new AbortController();
  /** What waits is known: what is delivered may be taken in. */
  isListed = false;
  /** What was delivered is taken in, too. */
  isReady = false;
  #isLooking = false;

  constructor(deps: RetryPartitionDeps) {
    this.#deps = deps;
    this.#delayed = new DelayedAdmin(deps.context);
    void this.#begin();
  }

  close(): void {
    this.#closed.abort();
  }

  /** Begins a new look where something is late; it ends by itself. */
  maybeLookAgain(): void {
    const nowMs = this.#deps.context.clock.wallMs();
    if (this.#isLooking || !this.isReady || !this.order.isLate(nowMs - LATE_MS)) return;
    this.#isLooking = true;
    void this.#insist(async () => {
      this.order.beginLook();
      const seen = new Map<Offset, number>();
      for await (const { trail, dueMs } of this.#list()) seen.set(trail.offset, dueMs);
      await this.#untilRead();
      this.order.dropMissing(seen);
    }).then(() => {
      this.#isLooking = false;
    });
  }

  /** Listed once only: what is taken in meanwhile would be told to wait by a second look. */
  async #begin(): Promise<void> {
    await this.#insist(async () => {
      for await (const { key, dueMs, hops, trail } of this.#list()) {
        const lane = this.#deps.laneOf({ key });
        this.order.onFound({ lane, offset: trail.offset, hops }, dueMs);
      }
      this.isListed = true;
      this.#deps.tell();
    });
    await this.#insist(async () => {
      await this.#untilRead();
      this.isReady = true;
      this.#deps.tell();
    });
  }

  /** Never rejects: what fails is tried again until the close. */
  async #insist(work: () => Promise<void>): Promise<void> {
    const { context, retryTopic, partition } = this.#deps;
    const { signal } = this.#closed;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (signal.aborted) return;
        const { code, message } = asOttlaError(error);
        const text = 'what waits to be retried is not to be had';
        context.logger.warn(text, { retryTopic, partition, code, message });
        const delayMs = backoffMs(attempt, RETRY_BACKOFF, context.random);
        await pause(context.clock, delayMs, signal).catch(() => {});
      }
    }
  }

  /** What is delivered while it is listed may be missing: it lies before the end from then on. */
  async *#list(): AsyncGenerator<FoundRecord> {
    const { retryTopic, partition, isOwn } = this.#deps;
    const { signal } = this.#closed;
    let ids: DelayedRecordId[] = [];
    const whole = async (): Promise<Array<WholeDelayedRecord | undefined>> => {
      const asked = ids;
      ids = [];
      return await Promise.all(asked.map((id) => this.#get(id)));
    };
    const owned = (record: WholeDelayedRecord | undefined): FoundRecord[] => {
      const found = record && splitTrail(record.headers);
      return record === undefined || found === undefined || !isOwn(found.trail)
        ? []
        : [{ ...record, trail: found.trail, hops: hopsIn(found.headers) }];
    };
    for await (const id of this.#delayed.list(retryTopic, { partition }, { signal })) {
      ids.push(id);
      if (ids.length >= AT_ONCE) yield* (await whole()).flatMap(owned);
    }
    yield* (await whole()).flatMap(owned);
  }

  /** Undefined: it was delivered, or cancelled, since it was listed. */
  async #get(id: DelayedRecordId): Promise<WholeDelayedRecord | undefined> {
    try {
      return await this.#delayed.get(id, { signal: this.#closed.signal });
    } catch (error) {
      if (asOttlaError(error).code === 'RESOURCE_NOT_FOUND') return undefined;
      throw error;
    }
  }

  async #untilRead(): Promise<void> {
    const { context, retryTopic: topic, partition, positionOf } = this.#deps;
    const { signal } = this.#closed;
    const [end] = await listEnds(context, [{ topic, partition }], { signal });
    const endOffset = end?.endOffset ?? 0;
    while ((positionOf() ?? -1) < endOffset) await pause(context.clock, READ_CHECK_MS, signal);
  }
}
