import type { Offset, PartitionId } from '../../base/ids.ts';
import type { ClientContext } from '../context.ts';
import type { FailedRecord } from '../failure/failed-record.ts';
import { trailOf } from '../failure/failed-record.ts';
import type { FailureTrail } from '../failure/failure-trail.ts';
import type { SureSender } from '../failure/sure-sender.ts';
import type { Handed } from '../handling/handed.ts';
import { failedAt, returned } from '../handling/handed.ts';
import type { PartitionCursor } from '../reader/partition-cursor.ts';
import { backoffMs } from '../timing.ts';
import type { RetrySettings } from './retry-options.ts';
import type { Lane, RetryPlace } from './retry-order.ts';
import { RetryPartition } from './retry-partition.ts';
import { retryHeaders } from './retry-record.ts';

export interface RetriesDeps {
  readonly context: ClientContext;
  readonly sender: SureSender;
  readonly groupId: string;
  /** The one that is read. */
  readonly topic: string;
  readonly settings: RetrySettings;
  readonly laneOf: (stored: { readonly key: Uint8Array | null }) => Lane;
  readonly positionOf: (topic: string, partition: PartitionId) => Offset | undefined;
  readonly tell: () => void;
}

/** The retries of one run: what goes to the retry topic, and what comes back. */
export class Retries<K, V> {
  readonly #deps: RetriesDeps;
  readonly #partitions = new Map<PartitionId, RetryPartition>();
  /** Of what has come back: where that is counted. */
  readonly #back = new WeakMap<Handed<K, V>, RetryPartition>();

  constructor(deps: RetriesDeps) {
    this.#deps = deps;
  }

  /** False: not known yet what it is behind of; `tell` is called when it may have changed. */
  mayTake({ topic, partition }: PartitionCursor): boolean {
    const state = this.#partitions.get(partition) ?? this.#open(partition);
    return topic === this.#deps.settings.topic ? state.isListed : state.isReady;
  }

  /** The record as it was where it was read first. */
  take({ topic, partition }: PartitionCursor, handed: Handed<K, V>): Handed<K, V> {
    if (topic !== this.#deps.settings.topic) return handed;
    const back = returned(handed);
    const state = this.#partitions.get(partition);
    if (state === undefined || !this.#isOwn(back, partition)) return back;
    state.order.onTaken(this.#placeOf(back, back.attemptsBefore));
    this.#back.set(back, state);
    return back;
  }

  /** Nothing that was taken in of the retry topic counts any more. */
  drop({ topic, partition }: PartitionCursor): void {
    if (topic !== this.#deps.settings.topic) return;
    this.#partitions.get(partition)?.close();
    this.#partitions.delete(partition);
  }

  close(): void {
    for (const state of this.#partitions.values()) state.close();
  }

  /**
   * What is to be done with a record whose turn has come. `finished`: it counts as finished here,
   * since it is in the retry topic on the disks of the in-sync replicas, or another group's there.
   * A crash before the offset is committed finds it there and here, and takes it from there.
   * `later`: it is not known yet what it is behind of.
   */
  async decide(
    handed: Handed<K, V>,
    { partition }: PartitionCursor,
    call: { readonly attempts: number; readonly signal: AbortSignal },
  ): Promise<'handle' | 'finished' | 'later'> {
    const { groupId, topic, context } = this.#deps;
    const { trail, record } = handed;
    if (trail !== undefined && trail.groupId !== groupId) return 'finished';
    if (record.topic !== topic || record.partition !== partition) return 'handle';
    const state = this.#back.get(handed) ?? this.#partitions.get(partition);
    const isBack = this.#back.has(handed);
    if (state === undefined || !(isBack || state.isReady)) return 'later';
    const nowMs = context.clock.wallMs();
    const place = this.#placeOf(handed, handed.attemptsBefore + call.attempts);
    const turn = state.order.turnOf(place, isBack, nowMs);
    state.maybeLookAgain();
    if (turn.kind === 'handle') return 'handle';
    if (turn.kind === 'behind') {
      const held = { ...(trail ?? this.#heldBack(handed, nowMs)), attempts: place.attempts };
      const sent = { partition, place, trail: held, dueMs: turn.dueMs };
      await this.#send(handed, sent, call.signal);
    }
    return 'finished';
  }

  /**
   * Has a record that failed come again after a pause, behind nothing of its lane that is before
   * it. When it resolves that is on the disks of the in-sync replicas, and only then may it count
   * as finished where it was: a crash in between has it in both, and it is handled from there.
   */
  async retryLater(
    handed: Handed<K, V>,
    failed: FailedRecord,
    to: { readonly partition: PartitionId; readonly signal: AbortSignal },
  ): Promise<void> {
    const { context, groupId, settings } = this.#deps;
    const pauseMs = backoffMs(failed.attempts - 1, settings.backoff, context.random);
    const dueMs = Math.ceil(failed.lastFailureMs) + pauseMs;
    const place = this.#placeOf(handed, failed.attempts);
    const trail = trailOf(failed, groupId);
    await this.#send(handed, { partition: to.partition, place, trail, dueMs }, to.signal);
  }

  /** It is finished here. */
  onEnded(handed: Handed<K, V>): void {
    this.#back.get(handed)?.order.onEnded(this.#placeOf(handed, handed.attemptsBefore));
    this.#back.delete(handed);
  }

  async #send(
    { stored, record }: Handed<K, V>,
    sent: {
      readonly partition: PartitionId;
      readonly place: RetryPlace;
      readonly trail: FailureTrail;
      readonly dueMs: number;
    },
    signal: AbortSignal,
  ): Promise<void> {
    const { sender, settings, topic } = this.#deps;
    const { partition, place, trail, dueMs } = sent;
    // Before anything is waited for: what follows it is not to overtake it.
    const order = record.topic === topic ? this.#partitions.get(partition)?.order : undefined;
    order?.onSend(place, dueMs);
    const { key, value, headers } = stored;
    const retry = { key, value, headers: retryHeaders(headers, trail, dueMs), partition };
    await sender.send(settings.topic, retry, signal);
    order?.onSent(place);
  }

  #open(partition: PartitionId): RetryPartition {
    const { context, settings, laneOf, positionOf, tell, groupId, topic } = this.#deps;
    const state = new RetryPartition({
      context,
      retryTopic: settings.topic,
      partition,
      laneOf: (stored) => (settings.keepsOrder ? laneOf(stored) : undefined),
      isOwn: (trail) => trail.groupId === groupId && isFrom(trail, topic, partition),
      positionOf: () => positionOf(settings.topic, partition),
      tell,
    });
    this.#partitions.set(partition, state);
    return state;
  }

  #isOwn({ trail }: Handed<K, V>, partition: PartitionId): boolean {
    const { groupId, topic } = this.#deps;
    return trail?.groupId === groupId && isFrom(trail, topic, partition);
  }

  #placeOf({ stored, record }: Handed<K, V>, attempts: number): RetryPlace {
    const { settings, laneOf } = this.#deps;
    const lane = settings.keepsOrder ? laneOf(stored) : undefined;
    return { lane, offset: record.offset, attempts };
  }

  #heldBack(handed: Handed<K, V>, nowMs: number): FailureTrail {
    const error = new Error('an earlier record of its key is not finished');
    error.name = 'HeldBack';
    error.stack = '';
    return trailOf(failedAt({ ...handed }, { attempts: 0, error, nowMs }), this.#deps.groupId);
  }
}

const isFrom = (trail: FailureTrail, topic: string, partition: PartitionId): boolean =>
  trail.topic === topic && trail.partition === partition;
