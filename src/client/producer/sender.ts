import type { ErrorCode, OttlaError } from '../../base/errors.ts';
import { ERRORS, errorCodeOf } from '../../base/errors.ts';
import type { NodeId, TopicId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { Timer } from '../../env/clock.ts';
import type { ProducePartition, ProduceReply, ProduceResult } from '../../gen/ottla.ts';
import type { Codec } from '../../record/codec.ts';
import type { RefusedRecord } from '../../record/refused-records.ts';
import type { ClusterView } from '../cluster/cluster-view.ts';
import { leaderOf } from '../cluster/cluster-view.ts';
import type { ClientContext } from '../context.ts';
import { backoffMs, RETRY_BACKOFF } from '../timing.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type {
  ConnectionListener,
  Dispatch,
  ProduceConnection,
  ProduceRequest,
} from './produce-connection.ts';
import { ProducerIdentities } from './producer-identities.ts';
import type { ProducerSettings } from './producer-options.ts';

/** Batches are gathered into one frame up to here; a larger batch has a frame of its own. */
const FRAME_BYTES = 1024 * 1024;
/** A broker that waits for replicas answers at `requestTimeoutMs`: it is given this much more. */
const ANSWER_GRACE_MS = 2000;

interface Frame {
  readonly dispatches: Dispatch[];
  readonly partitions: ProducePartition[];
  readonly body: Uint8Array[];
  sizeBytes: number;
}

/**
 * Takes batches from the queues to the leaders and answers back to the queues. All work happens in
 * one deferred turn that those who have something to send ask for.
 */
export class Sender implements ConnectionListener {
  readonly #context: ClientContext;
  readonly #settings: ProducerSettings;
  readonly #identities: ProducerIdentities;
  readonly #pool: ConnectionPool;
  readonly #unsubscribe: () => void;
  /** Queues that may have something to send. */
  readonly #active = new Set<PartitionQueue>();
  /** Queues whose leader is not known; every metadata answer looks after them. */
  readonly #leaderless = new Set<PartitionQueue>();
  readonly #timers = new Map<PartitionQueue, Timer>();
  #codec: Codec | undefined;
  #nextRequestId = 1;
  #isDrainPlanned = false;
  #isClosed = false;

  constructor(context: ClientContext, settings: ProducerSettings) {
    this.#context = context;
    this.#settings = settings;
    this.#identities = new ProducerIdentities(context, {
      onIdentity: () => this.#planDrain(),
      onIdentityRefused: ({ code, message }) => this.#failActive(code, message),
    });
    this.#pool = new ConnectionPool(context, {
      listener: this,
      answerTimeoutMs: settings.requestTimeoutMs + ANSWER_GRACE_MS,
    });
    this.#unsubscribe = context.metadata.subscribe((next, previous) =>
      this.#onView(next, previous),
    );
  }

  /** Nothing is sent before this. */
  useCodec(codec: Codec): void {
    this.#codec = codec;
    this.#planDrain();
  }

  /** The queue may have something to send. */
  wake(queue: PartitionQueue): void {
    if (this.#leaderless.has(queue)) return;
    this.#active.add(queue);
    this.#planDrain();
  }

  close(): void {
    this.#isClosed = true;
    this.#unsubscribe();
    this.#identities.close();
    this.#pool.close();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#active.clear();
    this.#leaderless.clear();
  }

  onReply(request: ProduceRequest, reply: ProduceReply): void {
    for (const dispatch of request.dispatches) {
      const { queue } = dispatch;
      const result = reply.results.find(
        ({ partition, topicId }) => partition === queue.partition && topicId === queue.topicId,
      );
      this.#settle(dispatch, request.requestId, result);
    }
  }

  /**
   * What was refused with acks=0 is lost, as its sender accepts; that the next records go to the
   * right broker is not for the sender to see to.
   */
  onUnawaitedReply({ results }: ProduceReply): void {
    const { metadata, logger } = this.#context;
    for (const result of results) {
      const code = errorCodeOf(result.errorCode);
      if (code === 'NONE') continue;
      const { topicId, partition, leaderHint: hint, errorMessage: reason } = result;
      const topic = topicNameOf(metadata.view, topicId);
      logger.warn('records sent with acks=0 are lost', { topic, partition, code, reason });
      if (hint !== undefined && metadata.onLeaderHint(topicId, { ...hint, partition })) continue;
      // The rest is wrong with the records, wherever they are sent.
      if (ERRORS[code].retriable && topic !== undefined) metadata.requestRefresh([topic]);
    }
  }

  onLost(
    connection: ProduceConnection,
    requests: readonly ProduceRequest[],
    error: OttlaError,
  ): void {
    this.#pool.onLost(connection);
    if (this.#isClosed) return;
    const { address } = connection;
    this.#context.logger.debug('produce stream lost', { address, code: error.code });
    // What broke is the way to the broker, whatever code the broken stream ended with.
    const code = error.code === 'REQUEST_TIMED_OUT' ? error.code : 'NETWORK_EXCEPTION';
    for (const request of requests) {
      for (const dispatch of request.dispatches) {
        this.#refuse(dispatch, request.requestId, { code, reason: error.message });
      }
    }
    // With acks=0 no request is refused, whose repetition would ask where the leader is now.
    if (this.#settings.acks === 0) this.#refreshLedBy(connection.nodeId);
    this.#planDrain();
  }

  onWritable(): void {
    this.#planDrain();
  }

  onSilence(request: ProduceRequest): void {
    this.#context.metadata.requestRefresh(
      new Set(request.dispatches.map(({ queue }) => queue.topic)),
    );
  }

  #planDrain(): void {
    if (this.#isDrainPlanned || this.#isClosed) return;
    this.#isDrainPlanned = true;
    this.#context.clock.defer(() => {
      this.#isDrainPlanned = false;
      if (!this.#isClosed && this.#codec !== undefined) this.#drain();
    });
  }

  /** Frame after frame until nobody has anything that may be sent now. */
  #drain(): void {
    const nowMs = this.#context.clock.monotonicMs();
    for (;;) {
      const frames = new Map<ProduceConnection, Frame>();
      for (const queue of this.#active) {
        const connection = this.#connectionFor(queue);
        if (connection?.isWritable !== true) continue;
        const frame = frames.get(connection) ?? newFrame();
        if (frame.sizeBytes >= FRAME_BYTES) continue;
        if (this.#addNext(frame, queue, nowMs)) frames.set(connection, frame);
      }
      if (frames.size === 0) return;
      for (const [connection, frame] of frames) this.#send(connection, frame);
    }
  }

  /** The stream to the queue's leader; without one the queue is set aside until there may be. */
  #connectionFor(queue: PartitionQueue): ProduceConnection | undefined {
    const { view } = this.#context.metadata;
    const topic = view.topics.get(queue.topic);
    if (topic !== undefined && topic.topicId !== queue.topicId) {
      this.#active.delete(queue);
      queue.handOver('UNKNOWN_TOPIC_ID', `topic ${queue.topic} was deleted and created anew`);
      if (queue.heir !== undefined) this.wake(queue.heir);
      return undefined;
    }
    const leader = topic === undefined ? undefined : leaderOf(view, topic, queue.partition);
    if (leader === undefined) {
      this.#active.delete(queue);
      if (queue.isEmpty) return undefined;
      this.#leaderless.add(queue);
      this.#context.metadata.requestRefresh([queue.topic]);
      return undefined;
    }
    const connection = this.#pool.to(leader);
    if (connection === undefined) this.#sleep(queue, this.#pool.retryAtMs(leader.leaderId));
    return connection;
  }

  /** Moves the queue's next batch into the frame; a queue that has none is no longer active. */
  #addNext(frame: Frame, queue: PartitionQueue, nowMs: number): boolean {
    if (queue.needsIdentity) {
      const identity = queue.nextIdentity ?? this.#identities.otherThan(queue.identity);
      if (identity === undefined) return false;
      queue.adopt(identity);
    }
    const batch = queue.nextToSend(nowMs);
    if (batch === undefined) {
      this.#active.delete(queue);
      if (queue.blockedUntilMs > nowMs) this.#sleep(queue, queue.blockedUntilMs);
      return false;
    }
    const bytes = batch.encode(queue.onSending(batch), this.#codec);
    const { topicId, partition } = queue;
    frame.dispatches.push({ queue, batch });
    frame.partitions.push({ topicId, partition, lengthBytes: bytes.length });
    frame.body.push(bytes);
    frame.sizeBytes += bytes.length;
    return true;
  }

  #send(connection: ProduceConnection, { dispatches, partitions, body }: Frame): void {
    const { acks, requestTimeoutMs } = this.#settings;
    const requestId = this.#nextRequestId;
    this.#nextRequestId += 1;
    for (const { batch } of dispatches) batch.requestId = requestId;
    const header = {
      requestId,
      acks: acks === 'all' ? -1 : acks,
      timeoutMs: requestTimeoutMs,
      partitions,
    };
    connection.send({ header, body }, dispatches);
    if (acks !== 0) return;
    for (const { queue, batch } of dispatches) queue.onSuccess(batch, NO_PLACE);
  }

  #settle(dispatch: Dispatch, requestId: number, result: ProduceResult | undefined): void {
    const { queue, batch } = dispatch;
    const code = result === undefined ? 'NETWORK_EXCEPTION' : errorCodeOf(result.errorCode);
    if (code === 'NONE' || (code === 'DUPLICATE_SEQUENCE_NUMBER' && batch.hasSequence)) {
      // A late success is one all the same: the batch is in the log, whoever was asked again since.
      if (batch.state === 'done') return;
      queue.onSuccess(batch, code === 'NONE' && result !== undefined ? result : NO_PLACE);
      this.wake(queue);
      return;
    }
    if (this.#failRecords(dispatch, requestId, { code, records: result?.refusedRecords ?? [] })) {
      return;
    }
    const text = result?.errorMessage ?? '';
    const reason = `${queue.topic} partition ${queue.partition}: ${text === '' ? code : text}`;
    const hint = result?.leaderHint;
    const isNews =
      hint !== undefined &&
      this.#context.metadata.onLeaderHint(queue.topicId, { ...hint, partition: queue.partition });
    this.#refuse(dispatch, requestId, { code, reason, isLeaderKnown: isNews });
  }

  /** True when the broker was against single records only: the others are sent again. */
  #failRecords(
    { queue, batch }: Dispatch,
    requestId: number,
    refused: { readonly code: ErrorCode; readonly records: readonly RefusedRecord[] },
  ): boolean {
    const { code, records } = refused;
    if (batch.state !== 'inFlight' || batch.requestId !== requestId) return false;
    if (!queue.onRecordsRefused(batch, code, records)) return false;
    const { topic, partition } = queue;
    const fields = { topic, partition, code, records: records.length, sentAgain: batch.count };
    this.#context.logger.warn('records failed', fields);
    this.wake(queue);
    return true;
  }

  #refuse(
    { queue, batch }: Dispatch,
    requestId: number,
    why: { readonly code: ErrorCode; readonly reason: string; readonly isLeaderKnown?: boolean },
  ): void {
    if (batch.state !== 'inFlight' || batch.requestId !== requestId) return;
    const willRetry = queue.onFailure(batch, why.code, why.reason);
    const { clock, random, metadata, logger } = this.#context;
    const { topic, partition } = queue;
    const fields = { topic, partition, code: why.code, attempts: batch.attempts };
    if (willRetry) {
      logger.debug('batch is sent again', fields);
      if (why.isLeaderKnown !== true) {
        metadata.requestRefresh([topic]);
        const pauseMs = backoffMs(batch.attempts - 1, RETRY_BACKOFF, random);
        queue.blockedUntilMs = clock.monotonicMs() + pauseMs;
      }
    } else {
      logger.warn('batch failed', { ...fields, records: batch.count });
    }
    this.wake(queue);
  }

  /** Wakes the queue at that moment; the earlier of two moments holds. */
  #sleep(queue: PartitionQueue, untilMs: number): void {
    this.#active.delete(queue);
    if (this.#timers.has(queue)) return;
    const { clock } = this.#context;
    const timer = clock.setTimer(Math.max(0, untilMs - clock.monotonicMs()), () => {
      this.#timers.delete(queue);
      this.wake(queue);
    });
    this.#timers.set(queue, timer);
  }

  /** A new leader deserves no pause that an old one earned. */
  #rouse(queue: PartitionQueue): void {
    this.#timers.get(queue)?.cancel();
    this.#timers.delete(queue);
    queue.blockedUntilMs = 0;
    this.wake(queue);
  }

  #onView(next: ClusterView, previous: ClusterView): void {
    if (this.#leaderless.size > 0) {
      for (const queue of this.#leaderless) this.#active.add(queue);
      this.#leaderless.clear();
      this.#planDrain();
    }
    if (next === previous) return;
    for (const queue of [...this.#timers.keys()]) {
      if (leaderIdOf(next, queue) !== leaderIdOf(previous, queue)) this.#rouse(queue);
    }
    for (const connection of this.#pool.open) this.#leaveDeposed(connection, next);
  }

  /**
   * What waits for a broker that no longer leads is sent to the one that does; it may be in both.
   */
  #leaveDeposed(connection: ProduceConnection, view: ClusterView): void {
    for (const { requestId, dispatches } of connection.inFlight) {
      for (const dispatch of dispatches) {
        const { topic, partition } = dispatch.queue;
        const leaderId = leaderIdOf(view, dispatch.queue);
        if (leaderId === NONE || leaderId === connection.nodeId) continue;
        this.#refuse(dispatch, requestId, {
          code: 'NOT_LEADER_OR_FOLLOWER',
          reason: `partition ${partition} of ${topic} is led by another broker now`,
          isLeaderKnown: true,
        });
      }
    }
  }

  #refreshLedBy(nodeId: NodeId): void {
    const { metadata } = this.#context;
    const topics = [...metadata.view.topics.values()].filter(({ partitions }) =>
      partitions.some(({ leaderId }) => leaderId === nodeId),
    );
    metadata.requestRefresh(topics.map(({ name }) => name));
  }

  #failActive(code: ErrorCode, reason: string): void {
    for (const queue of [...this.#active]) queue.failAll(code, reason);
  }
}

/** It is in the log, and nobody says where. */
const NO_PLACE = { baseOffset: NONE };

const newFrame = (): Frame => ({ dispatches: [], partitions: [], body: [], sizeBytes: 0 });

const topicNameOf = ({ topics }: ClusterView, topicId: TopicId): string | undefined =>
  [...topics.values()].find((topic) => topic.topicId === topicId)?.name;

/** NONE where the topic is another by now: its leader knows nothing of what is sent to this one. */
const leaderIdOf = (view: ClusterView, { topic, topicId, partition }: PartitionQueue): NodeId => {
  const known = view.topics.get(topic);
  return known?.topicId === topicId ? (known.partitions[partition]?.leaderId ?? NONE) : NONE;
};
