import type { ErrorCode } from '../../base/errors.ts';
import type { LeaderEpoch, Offset, PartitionId, TopicId } from '../../base/ids.ts';
import { NONE, partitionKey } from '../../base/ids.ts';
import type { Deadline } from '../deadlines.ts';
import type { Partition, PartitionWatcher } from '../replication/partition.ts';
import type { ColdRead } from '../replication/partition-reader.ts';
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
  /** Where the parts lie, if that is the poll's alone: to be given back when they are sent. */
  readonly loan?: ColdRead['loan'];
}

/** What the polls of one client share. */
export interface PollDoor {
  /** False while the client is slow: nothing is read for it, until `look`. */
  readonly isOpen: boolean;
  /** Runs reads from disk one after the other, so that no more than one holds memory. */
  readonly inTurn: <T>(read: () => Promise<T>) => Promise<T>;
}

/** For a `PollDoor`: runs one piece of work at a time, in the order they came. */
export const oneAtATime = (): PollDoor['inTurn'] => {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
};

/**
 * One consumer's read, answered as soon as `minBytes` are committed, at the first error, or after
 * `maxWaitMs` with what there is. Waits on the partitions themselves; wakes that come together are
 * judged once. A read that needs the disk waits for its turn and for the pool, and answers with
 * whatever it brings: a reader far behind has no need to wait for more.
 */
export class LongPoll implements PartitionWatcher {
  readonly #context: ClientContext;
  readonly #request: PollRequest;
  readonly #onDone: (results: readonly PollResult[]) => void;
  readonly #watched = new Set<Partition>();
  readonly #startMs: number;
  #door: PollDoor = { isOpen: true, inTurn: oneAtATime() };
  #deadline: Deadline | undefined;
  #isReading = false;
  /** Answers with what the read under way brings. */
  #isEnding = false;
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

  /** Answers within the call when memory has it. */
  start(door?: PollDoor): void {
    if (door !== undefined) this.#door = door;
    this.#isEnding = this.#request.maxWaitMs <= 0;
    const isJudged = this.#judge();
    if (this.#isDone) return;
    // In the same event as the look at memory, so that nothing is missed in between.
    this.#watch();
    if (isJudged) this.#startWait();
  }

  /** Answers with what there is. */
  endNow(): void {
    if (this.#isDone) return;
    this.#isEnding = true;
    this.#judge();
  }

  /** The door has opened: judges what came before it did. */
  look(): void {
    if (!this.#isDone) this.#judge();
  }

  /** Nobody waits for the answer any more. */
  abandon(): void {
    this.#isDone = true;
    this.#release();
  }

  onHighWatermark(): void {
    this.#schedule();
  }

  onLogStart(): void {
    this.#schedule();
  }

  onLeadership(): void {
    this.#schedule();
  }

  #watch(): void {
    for (const { topicId, partition } of this.#request.partitions) {
      const found = this.#context.partitionAt(partitionKey(topicId, partition));
      if (found === undefined) continue;
      this.#watched.add(found);
      found.watch(this);
    }
  }

  #startWait(): void {
    this.#deadline ??= this.#context.deadlines.add(this.#request.maxWaitMs, () => this.endNow());
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isDone || this.#isReading) return;
    this.#isScheduled = true;
    this.#context.clock.defer(() => {
      this.#isScheduled = false;
      if (!this.#isDone) this.#judge();
    });
  }

  /** False when the judgement follows: the disk is asked first, or the door is shut. */
  #judge(): boolean {
    if (this.#isReading || !this.#door.isOpen) return false;
    if (this.#request.partitions.some((target) => this.#isCold(target))) {
      this.#judgeCold();
      return false;
    }
    const results = this.#readAll();
    if (this.#isEnding || this.#isEnough(results)) this.#finish(results);
    return true;
  }

  #judgeCold(): void {
    this.#isReading = true;
    const read = async (): Promise<readonly PollResult[] | undefined> =>
      this.#isDone || !this.#door.isOpen ? undefined : await this.#readAllCold();
    this.#door.inTurn(read).then(
      (results) => this.#onReadCold(results),
      (error: Error) => this.#context.onFatal(error),
    );
  }

  #onReadCold(results: readonly PollResult[] | undefined): void {
    this.#isReading = false;
    if (this.#isDone) return;
    if (results === undefined) {
      this.#judge();
      return;
    }
    const hasNews = results.some(({ code, sizeBytes }) => code !== 'NONE' || sizeBytes > 0);
    if (this.#isEnding || hasNews) {
      this.#finish(results);
      return;
    }
    // Cut or gone under the read: what there is now is looked at again.
    this.#startWait();
    this.#schedule();
  }

  #isEnough(results: readonly PollResult[]): boolean {
    let sizeBytes = 0;
    for (const result of results) {
      if (result.code !== 'NONE') return true;
      sizeBytes += result.sizeBytes;
    }
    return sizeBytes >= Math.min(this.#request.minBytes, this.#request.maxBytes);
  }

  #isCold({ topicId, partition, fetchOffset }: PollPartition): boolean {
    const found = this.#context.partitionAt(partitionKey(topicId, partition));
    return found?.isLeader === true && found.reader.isCommittedCold(fetchOffset);
  }

  #readAll(): PollResult[] {
    const room = new Room(this.#request.maxBytes);
    return this.#request.partitions.map((target) =>
      room.fill(this.#read(target, room.limits(target))),
    );
  }

  async #readAllCold(): Promise<PollResult[]> {
    const room = new Room(this.#request.maxBytes);
    const results: PollResult[] = [];
    for (const target of this.#request.partitions) {
      const limits = room.limits(target);
      const result = this.#isCold(target)
        ? await this.#readCold(target, limits)
        : this.#read(target, limits);
      results.push(room.fill(result));
    }
    return results;
  }

  #read(target: PollPartition, limits: ReadLimits): PollResult {
    let found: Partition | undefined;
    try {
      found = this.#require(target);
      const { fetchOffset } = target;
      const parts = found.reader.readCommitted({ fetchOffset, ...limits });
      return resultOf(target, found, { parts });
    } catch (error) {
      return failedRead(target, found, error);
    }
  }

  async #readCold(target: PollPartition, limits: ReadLimits): Promise<PollResult> {
    let found: Partition | undefined;
    try {
      found = this.#require(target);
      const { fetchOffset } = target;
      return resultOf(
        target,
        found,
        await found.reader.readCommittedCold({ fetchOffset, ...limits }),
      );
    } catch (error) {
      return failedRead(target, found, error);
    }
  }

  #require({ topicId, partition, currentLeaderEpoch }: PollPartition): Partition {
    const found = findPartition(this.#context, topicId, partition);
    found.checkLeaderEpoch(currentLeaderEpoch);
    found.requireLeader();
    return found;
  }

  #finish(results: readonly PollResult[]): void {
    const beyond = results.filter((result, at) => this.#isBeyondEnd(result, at));
    if (beyond.length === 0) {
      this.#end(results);
      return;
    }
    this.#isReading = true;
    Promise.all(results.map((one) => (beyond.includes(one) ? this.#proved(one) : one))).then(
      (proved) => {
        if (!this.#isDone) this.#end(proved);
      },
      (error: Error) => this.#context.onFatal(error),
    );
  }

  /** Whoever asks has come further than this log: maybe with its successor. */
  #isBeyondEnd({ code, logStartOffset }: PollResult, at: number): boolean {
    const fetchOffset = this.#request.partitions[at]?.fetchOffset ?? NONE;
    return code === 'OFFSET_OUT_OF_RANGE' && fetchOffset > logStartOffset;
  }

  /** To be told that an offset is not there makes readers begin anew: only a leader may say it. */
  async #proved(result: PollResult): Promise<PollResult> {
    const { topicId, partition } = result;
    try {
      await this.#context.proveLeadership(findPartition(this.#context, topicId, partition));
      return result;
    } catch (error) {
      return { ...result, code: operatingError(error).code };
    }
  }

  #end(results: readonly PollResult[]): void {
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

interface ReadLimits {
  readonly maxBytes: number;
  readonly atLeastOne: boolean;
}

/** What is left of a response as its partitions are read. */
class Room {
  #leftBytes: number;
  #isEmpty = true;

  constructor(maxBytes: number) {
    this.#leftBytes = maxBytes;
  }

  limits({ maxBytes }: PollPartition): ReadLimits {
    return { maxBytes: Math.min(this.#leftBytes, maxBytes), atLeastOne: this.#isEmpty };
  }

  fill(result: PollResult): PollResult {
    this.#leftBytes = Math.max(0, this.#leftBytes - result.sizeBytes);
    if (result.sizeBytes > 0) this.#isEmpty = false;
    return result;
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

const resultOf = (
  target: PollPartition,
  found: Partition,
  { parts, loan }: ColdRead,
): PollResult => {
  const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
  return { ...describe(target, found), code: 'NONE', parts, sizeBytes, loan };
};

const failedRead = (
  target: PollPartition,
  found: Partition | undefined,
  error: unknown,
): PollResult => {
  const { code } = operatingError(error);
  return { ...describe(target, found), code, parts: [], sizeBytes: 0 };
};
