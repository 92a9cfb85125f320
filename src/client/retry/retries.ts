import type { OttlaError } from '../../base/errors.ts';
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
import { offerRetry } from './offer-retry.ts';
import type { RetrySettings } from './retry-options.ts';
import type { Lane, RetryPlace } from './retry-order.ts';
import { RetryPartition } from './retry-partition.ts';

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
  /** What the retry topic can never take, and why. */
  readonly #refused = new WeakMap<Handed<K, V>, OttlaError>();

  constructor(deps: RetriesDeps) {
    this.#deps = deps;
  }

  /** False: not known yet what it is behind of; `tell` is called when it may have changed. */
  mayTake({ topic, partition }: PartitionCursor): boolean {
    const state = this.#partitions.get(partition) ?? this.#open(partition);
    return topic === this.#deps.settings.topic ? state.isListed : state.isReady;
  }

  /** The record as it was where it was read first. */
  received({ topic }: PartitionCursor, handed: Handed<K, V>): Handed<K, V> {
    return topic === this.#deps.settings.topic ? returned(handed) : handed;
  }

  /** It holds its lane up until `onEnded`: only what is to be handled may be told of. */
  onTaken({ topic, partition }: PartitionCursor, handed: Handed<K, V>): void {
    if (topic !== this.#deps.settings.topic || !this.#isOwn(handed, partition)) return;
    const state = this.#partitions.get(partition);
    if (state === undefined) return;
    state.order.onTaken(this.#placeOf(handed));
    this.#back.set(handed, state);
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
   * `later`: it is not known yet what it is behind of, or the retry topic can never take it: then
   * it waits where it is. Throws why where that is the retry topic, in which it would stand before
   * what it is behind of: it has taken it once, and was given a lower limit since.
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
    const turn = state.order.turnOf(this.#placeOf(handed), isBack, nowMs);
    state.maybeLookAgain();
    if (turn.kind === 'handle') return 'handle';
    if (turn.kind === 'behind') {
      const attempts = handed.attemptsBefore + call.attempts;
      const held = { ...(trail ?? this.#heldBack(handed, nowMs)), attempts };
      const sent = { partition, trail: held, dueMs: turn.dueMs };
      const refusal = await this.#send(handed, sent, call.signal);
      if (refusal !== undefined && isBack) throw refusal;
      if (refusal !== undefined) return 'later';
    }
    return 'finished';
  }

  /**
   * Has a record that failed come again after a pause, behind nothing of its lane that is before
   * it. When it resolves that is on the disks of the in-sync replicas, and only then may it count
   * as finished where it was: a crash in between has it in both, and it is handled from there.
   * False: the retry topic can never take it, and it is to be retried where it is.
   */
  async retryLater(
    handed: Handed<K, V>,
    failed: FailedRecord,
    to: { readonly partition: PartitionId; readonly signal: AbortSignal },
  ): Promise<boolean> {
    const { context, groupId, settings } = this.#deps;
    const pauseMs = backoffMs(failed.attempts - 1, settings.backoff, context.random);
    const dueMs = Math.ceil(failed.lastFailureMs) + pauseMs;
    const trail = trailOf(failed, groupId);
    const sent = { partition: to.partition, trail, dueMs };
    return (await this.#send(handed, sent, to.signal)) === undefined;
  }

  /** It is finished here. */
  onEnded(handed: Handed<K, V>): void {
    this.#back.get(handed)?.order.onEnded(this.#placeOf(handed));
    this.#back.delete(handed);
  }

  /** Resolves with why the retry topic can never take it; undefined: it has. */
  async #send(
    handed: Handed<K, V>,
    sent: {
      readonly partition: PartitionId;
      readonly trail: FailureTrail;
      readonly dueMs: number;
    },
    signal: AbortSignal,
  ): Promise<OttlaError | undefined> {
    const known = this.#refused.get(handed);
    if (known !== undefined) return known;
    const { sender, settings, topic } = this.#deps;
    const { stored, record } = handed;
    const { partition, trail, dueMs } = sent;
    const hops = handed.hops + 1;
    const place = { ...this.#placeOf(handed), hops };
    // Before anything is waited for: what follows it is not to overtake it.
    const order = record.topic === topic ? this.#partitions.get(partition)?.order : undefined;
    order?.onSend(place, dueMs);
    const offer = { topic: settings.topic, partition, stored, marks: { hops, trail, dueMs } };
    const refusal = await offerRetry(sender, offer, signal);
    if (refusal === undefined) order?.onSent(place);
    else {
      order?.onRefused(place);
      this.#onRefused(handed, refusal);
    }
    return refusal;
  }

  #onRefused(handed: Handed<K, V>, refusal: OttlaError): void {
    this.#refused.set(handed, refusal);
    const { context, settings } = this.#deps;
    const { topic, partition, offset } = handed.record;
    const { code, message } = refusal;
    const text = 'the retry topic cannot take a record, which is retried where it is';
    const fields = { topic, partition, offset, retryTopic: settings.topic, code, message };
    context.logger.warn(text, fields);
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

  #placeOf({ stored, record, hops }: Handed<K, V>): RetryPlace {
    const { settings, laneOf } = this.#deps;
    const lane = settings.keepsOrder ? laneOf(stored) : undefined;
    return { lane, offset: record.offset, hops };
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
