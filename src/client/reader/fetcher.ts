import type { ErrorCode } from '../../base/errors.ts';
import { errorCodeOf, OttlaError } from '../../base/errors.ts';
import type { NodeId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { Timer } from '../../env/clock.ts';
import type { FetchFrame, FetchPartition, FetchResult } from '../../gen/ottla.ts';
import type { ClusterView, LeaderAddress } from '../cluster/cluster-view.ts';
import { leaderOf } from '../cluster/cluster-view.ts';
import type { ClientContext } from '../context.ts';
import { asOttlaError, backoffMs, RETRY_BACKOFF } from '../timing.ts';
import type { FetchListener, PendingFetch } from './fetch-connection.ts';
import { FetchConnection } from './fetch-connection.ts';
import type { PartitionCursor } from './partition-cursor.ts';
import type { PositionLookup } from './position-lookup.ts';

/** Refetches of a damaged batch before the user is told. */
const CORRUPT_REFETCHES = 3;
/** Pauses, some five seconds in all, until a topic that no broker knows is taken for deleted. */
const UNKNOWN_TOPIC_ATTEMPTS = 8;

export interface FetcherSettings {
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly maxPartitionBytes: number;
  readonly prefetchBytes: number;
  readonly offsetOutOfRange: 'earliest' | 'latest' | 'fail';
}

export interface FetcherDeps {
  readonly context: ClientContext;
  readonly settings: FetcherSettings;
  readonly lookup: PositionLookup;
  /** Something changed for the user: data, or a failure. */
  readonly onChange: () => void;
}

interface Asked {
  readonly cursor: PartitionCursor;
  readonly partition: FetchPartition;
}

/**
 * Keeps the cursors filled: one request at most carries a partition at any time, to its leader of
 * the moment; partitions that become free together travel together. All sending happens in one
 * deferred turn that those who have something to fetch ask for.
 */
export class Fetcher implements FetchListener {
  readonly #deps: FetcherDeps;
  readonly #cursors = new Set<PartitionCursor>();
  readonly #connections = new Map<NodeId, FetchConnection>();
  readonly #unsubscribe: () => void;
  #nextRequestId = 1;
  #isPlanned = false;
  #isClosed = false;
  #retryTimer: Timer | undefined;
  #retryAtMs = Number.POSITIVE_INFINITY;

  constructor(deps: FetcherDeps) {
    this.#deps = deps;
    this.#unsubscribe = deps.context.metadata.subscribe((next, previous) =>
      this.#onView(next, previous),
    );
  }

  has(cursor: PartitionCursor): boolean {
    return this.#cursors.has(cursor);
  }

  /** Keeps the cursor filled from now on; does nothing where it does that already. */
  add(cursor: PartitionCursor): void {
    if (this.#cursors.has(cursor)) return;
    this.#cursors.add(cursor);
    this.wake();
  }

  /** An answer that is on its way is dropped. */
  remove(cursor: PartitionCursor): void {
    this.#cursors.delete(cursor);
  }

  /** Some cursor may have to be fetched. */
  wake(): void {
    if (this.#isPlanned || this.#isClosed) return;
    this.#isPlanned = true;
    this.#deps.context.clock.defer(() => {
      this.#isPlanned = false;
      if (!this.#isClosed) this.#run();
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#unsubscribe();
    this.#retryTimer?.cancel();
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  onFrame(fetch: PendingFetch, frame: FetchFrame): void {
    const body = frame.body.length === 1 ? frame.body[0] : Buffer.concat([...frame.body]);
    let position = 0;
    for (const result of frame.header.partitions) {
      const bytes = (body ?? new Uint8Array(0)).subarray(position, position + result.lengthBytes);
      position += result.lengthBytes;
      const cursor = fetch.cursors.find(
        ({ partition, topicId }) => partition === result.partition && topicId === result.topicId,
      );
      if (cursor?.requestId === fetch.requestId) this.#onResult(cursor, result, bytes);
    }
    // A partition that the answer leaves out is asked for again.
    for (const cursor of fetch.cursors) {
      if (cursor.requestId === fetch.requestId) cursor.requestId = NONE;
    }
    this.wake();
  }

  onLost(connection: FetchConnection, fetches: readonly PendingFetch[], error: OttlaError): void {
    if (this.#connections.get(connection.nodeId) === connection) {
      this.#connections.delete(connection.nodeId);
    }
    if (this.#isClosed) return;
    const { address } = connection;
    this.#deps.context.logger.debug('fetch stream lost', { address, code: error.code });
    for (const { requestId, cursors } of fetches) {
      for (const cursor of cursors) {
        if (cursor.requestId === requestId) this.#retryLater(cursor);
      }
    }
    this.wake();
  }

  onSilence(fetch: PendingFetch): void {
    const topics = fetch.cursors.map(({ topic }) => topic);
    this.#deps.context.metadata.requestRefresh(new Set(topics));
  }

  #run(): void {
    const { context, settings, lookup } = this.#deps;
    const nowMs = context.clock.monotonicMs();
    let bufferedBytes = 0;
    for (const cursor of this.#cursors) bufferedBytes += cursor.bufferedBytes;
    const asked = new Map<FetchConnection, Asked[]>();
    for (const cursor of this.#cursors) {
      if (cursor.failure !== undefined) continue;
      if (cursor.from !== undefined) {
        // Paused or not: `latest` means the end at the time of asking, not that of resuming.
        lookup.begin(cursor);
        continue;
      }
      if (cursor.requestId !== NONE || cursor.isPaused) continue;
      if (cursor.retryAtMs > nowMs) {
        this.#wakeAt(cursor.retryAtMs);
        continue;
      }
      if (bufferedBytes >= settings.prefetchBytes) continue;
      if (cursor.bufferedBytes >= settings.maxPartitionBytes) continue;
      const leader = this.#leaderOf(cursor);
      if (leader === undefined) continue;
      const connection = this.#connectionTo(leader);
      const list = asked.get(connection) ?? [];
      list.push({ cursor, partition: this.#describe(cursor, leader) });
      asked.set(connection, list);
    }
    for (const [connection, list] of asked) this.#send(connection, list);
  }

  #send(connection: FetchConnection, asked: readonly Asked[]): void {
    const { maxWaitMs, minBytes, maxBytes, prefetchBytes } = this.#deps.settings;
    const requestId = this.#nextRequestId;
    this.#nextRequestId += 1;
    const request = { requestId, maxWaitMs, minBytes, maxBytes: Math.min(maxBytes, prefetchBytes) };
    connection.send(request, asked);
  }

  #describe(cursor: PartitionCursor, leader: LeaderAddress): FetchPartition {
    return {
      topicId: cursor.topicId,
      partition: cursor.partition,
      currentLeaderEpoch: leader.leaderEpoch,
      fetchOffset: cursor.fetchOffset,
      maxBytes: this.#deps.settings.maxPartitionBytes,
    };
  }

  #leaderOf(cursor: PartitionCursor): LeaderAddress | undefined {
    const { metadata } = this.#deps.context;
    const topic = metadata.view.topics.get(cursor.topic);
    if (topic !== undefined && topic.topicId !== cursor.topicId) {
      const message = `topic ${cursor.topic} was deleted and created anew: seek to where to begin`;
      this.#fail(cursor, new OttlaError('UNKNOWN_TOPIC_ID', message));
      cursor.topicId = topic.topicId;
      return undefined;
    }
    const leader =
      topic === undefined ? undefined : leaderOf(metadata.view, topic, cursor.partition);
    if (leader !== undefined) return leader;
    if (topic === undefined && cursor.failedAttempts > UNKNOWN_TOPIC_ATTEMPTS) {
      const message = `topic ${cursor.topic} does not exist any more`;
      this.#fail(cursor, new OttlaError('UNKNOWN_TOPIC_OR_PARTITION', message));
    } else {
      this.#retryLater(cursor);
    }
    return undefined;
  }

  #connectionTo(leader: LeaderAddress): FetchConnection {
    const known = this.#connections.get(leader.leaderId);
    if (known?.address === leader.address) return known;
    known?.close();
    const { context, settings } = this.#deps;
    const connection = new FetchConnection(context, {
      nodeId: leader.leaderId,
      address: leader.address,
      listener: this,
      maxWaitMs: settings.maxWaitMs,
      requestTimeoutMs: context.requestTimeoutMs,
    });
    this.#connections.set(leader.leaderId, connection);
    return connection;
  }

  #onResult(cursor: PartitionCursor, result: FetchResult, bytes: Uint8Array): void {
    cursor.requestId = NONE;
    if (result.errorCode !== 0) {
      this.#onError(cursor, errorCodeOf(result.errorCode), result);
      return;
    }
    cursor.failedAttempts = 0;
    cursor.highWatermark = result.highWatermark;
    cursor.logStartOffset = result.logStartOffset;
    if (bytes.length === 0) return;
    try {
      cursor.take(bytes);
    } catch (error) {
      // What was taken before the damage is good; the next fetch begins at the damage.
      if (cursor.hasBuffered) this.#retryLater(cursor);
      else this.onCorrupt(cursor, asOttlaError(error));
    }
    this.#deps.onChange();
  }

  /** A batch was damaged on its way or on a disk: it is fetched again a few times. */
  onCorrupt(cursor: PartitionCursor, error: OttlaError): void {
    const { topic, partition } = cursor;
    cursor.corruptCount += 1;
    const fields = { topic, partition, offset: cursor.position, times: cursor.corruptCount };
    this.#deps.context.logger.warn('damaged batch fetched', fields);
    if (cursor.corruptCount > CORRUPT_REFETCHES) {
      const place = `${topic} partition ${partition} at offset ${cursor.position}`;
      const message = `${place} is damaged, also when fetched again: ${error.message}`;
      this.#fail(cursor, new OttlaError('CORRUPT_MESSAGE', message, { cause: error }));
      return;
    }
    cursor.refetch();
    this.#retryLater(cursor);
    this.wake();
  }

  #onError(cursor: PartitionCursor, code: ErrorCode, result: FetchResult): void {
    const { topic, partition } = cursor;
    if (code === 'OFFSET_OUT_OF_RANGE') {
      this.#onOutOfRange(cursor, result);
      return;
    }
    const error = new OttlaError(code, `fetching ${topic} partition ${partition} failed: ${code}`);
    if (!error.retriable) {
      this.#fail(cursor, error);
      return;
    }
    const hint = result.leaderHint;
    const isNews =
      hint !== undefined &&
      this.#deps.context.metadata.onLeaderHint(cursor.topicId, { ...hint, partition });
    if (!isNews) this.#retryLater(cursor);
  }

  #onOutOfRange(cursor: PartitionCursor, result: FetchResult): void {
    const { topic, partition, fetchOffset } = cursor;
    const policy = this.#deps.settings.offsetOutOfRange;
    const { logStartOffset, highWatermark } = result;
    const log = `the log has ${logStartOffset} up to ${highWatermark}`;
    if (policy === 'fail') {
      const message = `offset ${fetchOffset} of ${topic} partition ${partition} is not there, ${log}: seek, or set offsetOutOfRange`;
      this.#fail(cursor, new OttlaError('OFFSET_OUT_OF_RANGE', message));
      return;
    }
    const fields = { topic, partition, fetchOffset, logStartOffset, highWatermark, policy };
    this.#deps.context.logger.warn('offset out of range, position reset', fields);
    cursor.seek(policy);
  }

  #fail(cursor: PartitionCursor, error: OttlaError): void {
    cursor.failure = error;
    this.#deps.onChange();
  }

  /** The leader is gone or moved: asks who leads, and pauses a little longer every time. */
  #retryLater(cursor: PartitionCursor): void {
    const { clock, random, metadata } = this.#deps.context;
    cursor.requestId = NONE;
    cursor.retryAtMs =
      clock.monotonicMs() + backoffMs(cursor.failedAttempts, RETRY_BACKOFF, random);
    cursor.failedAttempts += 1;
    metadata.requestRefresh([cursor.topic]);
    this.#wakeAt(cursor.retryAtMs);
  }

  /** One timer, for the earliest of the moments asked for. */
  #wakeAt(atMs: number): void {
    if (this.#retryAtMs <= atMs) return;
    this.#retryTimer?.cancel();
    this.#retryAtMs = atMs;
    const { clock } = this.#deps.context;
    this.#retryTimer = clock.setTimer(Math.max(0, atMs - clock.monotonicMs()), () => {
      this.#retryAtMs = Number.POSITIVE_INFINITY;
      this.wake();
    });
  }

  /** Partitions whose leader changed are asked for at once, whatever the old one still owes. */
  #onView(next: ClusterView, previous: ClusterView): void {
    if (next === previous || this.#isClosed) return;
    for (const cursor of this.#cursors) {
      const leaderId = leaderIdOf(next, cursor);
      if (leaderId === NONE || leaderId === leaderIdOf(previous, cursor)) continue;
      cursor.requestId = NONE;
      cursor.retryAtMs = 0;
    }
    this.wake();
  }
}

const leaderIdOf = (view: ClusterView, { topic, partition }: PartitionCursor): NodeId =>
  view.topics.get(topic)?.partitions[partition]?.leaderId ?? NONE;
