import type { ErrorCode } from '../../base/errors.ts';
import type { LeaderEpoch, Offset, PartitionId, TopicId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { Deadline } from '../deadlines.ts';
import type { Partition, PartitionWatcher } from '../replication/partition.ts';
import type { ClientContext } from './context.ts';
import { findPartition, operatingError } from './context.ts';

export interface PollPartition {
  readonly topicId: TopicId;
  readonly partition: PartitionId;
  /** NONE: not checked. */
  readonly currentLeaderEpoch: LeaderEpoch;
  readonly fetchOffset: Offset;
  readonly maxBytes: number;
}

export interface PollRequest {
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly partitions: readonly PollPartition[];
}

export interface PollResult {
  readonly topicId: TopicId;
  readonly partition: PartitionId;
  readonly code: ErrorCode;
  readonly highWatermark: Offset;
  readonly logStartOffset: Offset;
  /** Views of the log's own memory: not to be written to. */
  readonly parts: readonly Uint8Array[];
  readonly sizeBytes: number;
}

/**
 * One consumer's read, answered as soon as `minBytes` are committed, at the first error, or after
 * `maxWaitMs` with what there is. Waits on the partitions themselves; wakes that come together are
 * judged once.
 */
export class LongPoll implements PartitionWatcher {
  readonly #context: ClientContext;
  readonly #request: PollRequest;
  readonly #onDone: (results: readonly PollResult[]) => void;
  readonly #watched = new Set<Partition>();
  readonly #startMs: number;
  #deadline: Deadline | undefined;
  #isScheduled = false;
  #isDone = false;

  /** `onDone` is called at most once; never after `abandon`. */
  constructor(
    context: ClientContext,
    request: PollRequest,
    onDone: (results: readonly PollResult[]) => void,
  ) {
    this.#context = context;
    this.#request = request;
    this.#onDone = onDone;
    this.#startMs = context.clock.monotonicMs();
  }

  /** Answers within the call when it can. */
  start(): void {
    const results = this.#readAll();
    if (this.#request.maxWaitMs <= 0 || this.#isEnough(results)) {
      this.#finish(results);
      return;
    }
    for (const { topicId, partition } of this.#request.partitions) {
      const found = findPartition(this.#context, topicId, partition);
      this.#watched.add(found);
      found.watch(this);
    }
    this.#deadline = this.#context.deadlines.add(this.#request.maxWaitMs, () => this.endNow());
  }

  /** Answers with what there is. */
  endNow(): void {
    if (!this.#isDone) this.#finish(this.#readAll());
  }

  /** Nobody waits for the answer any more. */
  abandon(): void {
    this.#isDone = true;
    this.#release();
  }

  onHighWatermark(): void {
    this.#schedule();
  }

  onLeadership(): void {
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isDone) return;
    this.#isScheduled = true;
    this.#context.clock.defer(() => {
      this.#isScheduled = false;
      if (this.#isDone) return;
      const results = this.#readAll();
      if (this.#isEnough(results)) this.#finish(results);
    });
  }

  #isEnough(results: readonly PollResult[]): boolean {
    let sizeBytes = 0;
    for (const result of results) {
      if (result.code !== 'NONE') return true;
      sizeBytes += result.sizeBytes;
    }
    return sizeBytes >= Math.min(this.#request.minBytes, this.#request.maxBytes);
  }

  #readAll(): PollResult[] {
    let leftBytes = this.#request.maxBytes;
    let isEmpty = true;
    return this.#request.partitions.map((target) => {
      const limits = { maxBytes: Math.min(leftBytes, target.maxBytes), atLeastOne: isEmpty };
      const result = this.#read(target, limits);
      leftBytes = Math.max(0, leftBytes - result.sizeBytes);
      if (result.sizeBytes > 0) isEmpty = false;
      return result;
    });
  }

  #read(
    target: PollPartition,
    limits: { readonly maxBytes: number; readonly atLeastOne: boolean },
  ): PollResult {
    const { topicId, partition: number, fetchOffset } = target;
    let found: Partition | undefined;
    try {
      found = findPartition(this.#context, topicId, number);
      found.checkLeaderEpoch(target.currentLeaderEpoch);
      found.requireLeader();
      const parts = found.readCommitted({ fetchOffset, ...limits });
      const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
      return { ...describe(target, found), code: 'NONE', parts, sizeBytes };
    } catch (error) {
      const { code } = operatingError(error);
      return { ...describe(target, found), code, parts: [], sizeBytes: 0 };
    }
  }

  #finish(results: readonly PollResult[]): void {
    this.#isDone = true;
    this.#release();
    this.#measure(results);
    this.#onDone(results);
  }

  #measure(results: readonly PollResult[]): void {
    const { metrics, clock, metadata } = this.#context;
    metrics.requestMs.observe(clock.monotonicMs() - this.#startMs, FETCH_LABEL);
    for (const { topicId, code, sizeBytes } of results) {
      const topic = metadata.image.topics.get(topicId)?.name;
      if (topic === undefined) continue;
      metrics.fetchRequests.add(1, { topic });
      if (sizeBytes > 0) metrics.bytesOut.add(sizeBytes, { topic });
      if (code !== 'NONE') metrics.failedFetchRequests.add(1, { topic });
    }
  }

  #release(): void {
    this.#deadline?.cancel();
    for (const partition of this.#watched) partition.unwatch(this);
    this.#watched.clear();
  }
}

const FETCH_LABEL = { request: 'Fetch' };

const describe = (
  { topicId, partition }: PollPartition,
  found: Partition | undefined,
): Pick<PollResult, 'topicId' | 'partition' | 'highWatermark' | 'logStartOffset'> => ({
  topicId,
  partition,
  highWatermark: found?.highWatermark ?? NONE,
  logStartOffset: found?.log.logStartOffset ?? NONE,
});
