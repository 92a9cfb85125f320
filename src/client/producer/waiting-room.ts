import { OttlaError } from '../../base/errors.ts';
import type { PartitionId } from '../../base/ids.ts';
import type { TopicView } from '../cluster/cluster-view.ts';
import type { TopicLookup } from '../cluster/metadata-cache.ts';
import type { ClientContext } from '../context.ts';
import { asOttlaError, Deadline } from '../timing.ts';
import { describeBadChoice } from './partitioner.ts';
import { ProduceError } from './produce-error.ts';
import type { ProducerSettings } from './producer-options.ts';
import type { TopicLane, WaitingRecord } from './topic-lane.ts';

export interface WaitingRoomDeps {
  readonly context: ClientContext;
  readonly settings: ProducerSettings;
  /** The record's topic, and its partition if it names one, are known now. */
  readonly place: (lane: TopicLane, waiting: WaitingRecord) => void;
  /** The record is not sent, now or later. */
  readonly refuse: (waiting: WaitingRecord, error: OttlaError) => void;
  /** Nobody knows the lane's topic: the next record begins with another lane. */
  readonly onNoTopic: (lane: TopicLane) => void;
}

/**
 * Records of one lane that one lookup decides about: those of one moment, or of one step of
 * refusals where they are to wait in the broker.
 */
interface Group {
  readonly lane: TopicLane;
  /** That they are for; undefined: they are for any, once the topic holds records back. */
  readonly partition: PartitionId | undefined;
  /** By the partitioner, not by the records. */
  readonly isChosen: boolean;
  readonly sinceMs: number;
  readonly waiting: WaitingRecord[];
}

/**
 * Records of a topic that was known are refused in steps of this, where many come: a little late,
 * and those that it does not hold back a little early.
 */
const REFUSAL_STEP_MS = 100;

/**
 * Where records wait that cannot be placed yet: this client does not know their topic, or knew it
 * too long ago, or knows it without the partition they name, which may have been added since, or as
 * one that holds none back, which may have been changed since. The lookups share their questions to
 * the cluster.
 *
 * - Those of a topic that is not known are refused together, `maxBlockMs` after the first came.
 * - One of a topic that was known is as good as placed: it waits for its own delivery timeout,
 *   through as many lookups as that takes, and only an answer that there is no such topic ends it
 *   sooner.
 * - One that waits for a partition is refused only by a lookup that began when it came or later.
 */
export class WaitingRoom {
  readonly #deps: WaitingRoomDeps;
  readonly #abort = new AbortController();
  /** What each is waiting for now. */
  readonly #lookups = new Map<TopicLane | Group, Promise<void>>();
  /** In the order of their coming, which is that of the calls. */
  readonly #groups = new Set<Group>();

  constructor(deps: WaitingRoomDeps) {
    this.#deps = deps;
  }

  /** Begins to look the lane's topic up, for all that stand in its `waiting`. */
  awaitTopic(lane: TopicLane): void {
    lane.isAwaited = true;
    const { maxBlockMs, deliveryTimeoutMs } = this.#deps.settings;
    const limitMs = lane.view === undefined ? maxBlockMs : deliveryTimeoutMs;
    this.#track(lane, this.#findTopic(lane, limitMs));
  }

  /**
   * Keeps a record until its topic has the partition; one that a partitioner chose only until the
   * cluster has answered once.
   */
  awaitPartition(
    lane: TopicLane,
    waiting: WaitingRecord,
    { partition, isChosen }: { readonly partition: PartitionId; readonly isChosen: boolean },
  ): void {
    this.#join(lane, waiting, { partition, isChosen });
  }

  /**
   * Keeps a record that shall wait in the broker until the topic is told to let it, and refuses it
   * with INVALID_RECORD where the cluster's answers say for 3 s that it does not.
   */
  awaitDelays(lane: TopicLane, waiting: WaitingRecord): void {
    this.#join(lane, waiting, { partition: undefined, isChosen: false });
  }

  #join(
    lane: TopicLane,
    waiting: WaitingRecord,
    { partition, isChosen }: Pick<Group, 'partition' | 'isChosen'>,
  ): void {
    const nowMs = this.#deps.context.clock.monotonicMs();
    for (const group of this.#groups) {
      if (group.lane !== lane || group.partition !== partition) continue;
      if (group.isChosen !== isChosen) continue;
      if (group.sinceMs + this.#slackMs(group) < nowMs) continue;
      group.waiting.push(waiting);
      return;
    }
    const group = { lane, partition, isChosen, sinceMs: nowMs, waiting: [waiting] };
    this.#groups.add(group);
    const find =
      partition === undefined ? this.#findDelays(group) : this.#findPartition(group, partition);
    this.#track(group, find);
  }

  /**
   * How much later than its lookup began a record may come to a group. A lookup each would be one a
   * record where many come, of which each looks through all.
   */
  #slackMs({ partition }: Group): number {
    const { maxBlockMs, deliveryTimeoutMs } = this.#deps.settings;
    if (partition !== undefined) return 0;
    return Math.min(REFUSAL_STEP_MS, maxBlockMs / 10, deliveryTimeoutMs / 10);
  }

  /** The lane has taken in a view: places at once, before any later record, whom it lets in. */
  onView(lane: TopicLane): void {
    for (const group of [...this.#groups]) {
      if (group.lane !== lane || !isLetIn(group)) continue;
      this.#groups.delete(group);
      for (const waiting of group.waiting.splice(0)) this.#deps.place(lane, waiting);
    }
  }

  /** Resolves when all who wait now are placed or refused. */
  async settled(): Promise<void> {
    const nowMs = this.#deps.context.clock.monotonicMs();
    const isOfNow = ({ sinceMs }: WaitingRecord): boolean => sinceMs <= nowMs;
    for (;;) {
      const left = [...this.#lookups].filter(([{ waiting }]) => waiting.some(isOfNow));
      if (left.length === 0) return;
      await Promise.all(left.map(([, lookup]) => lookup));
    }
  }

  /** Refuses all who wait. */
  close(lanes: Iterable<TopicLane>, error: OttlaError): void {
    this.#abort.abort();
    for (const lane of lanes) this.#refuseAll(lane, lane.waiting.splice(0), error);
    for (const { lane, waiting } of this.#groups) this.#refuseAll(lane, waiting.splice(0), error);
    this.#groups.clear();
  }

  #track(who: TopicLane | Group, work: Promise<void>): void {
    const lookup = work.finally(() => {
      if (this.#lookups.get(who) === lookup) this.#lookups.delete(who);
    });
    this.#lookups.set(who, lookup);
  }

  /** Never rejects: the records that wait hear of a failure. `last`: that of the lookup before. */
  async #findTopic(lane: TopicLane, limitMs: number, last?: OttlaError): Promise<void> {
    const { context, settings, place, onNoTopic } = this.#deps;
    const { allowAutoCreate } = settings;
    const { signal } = this.#abort;
    const deadline = new Deadline(context.clock, limitMs);
    try {
      const lookup = { deadline, signal, allowAutoCreate, anew: lane.view !== undefined };
      lane.onView(await context.metadata.topic(lane.topic, lookup));
      // What is sent by a callback of theirs waits too, behind the others.
      while (lane.waiting.length > 0) {
        for (const waiting of lane.waiting.splice(0)) place(lane, waiting);
      }
      lane.isAwaited = false;
    } catch (error) {
      const failure = asOttlaError(error);
      if (lane.view !== undefined && failure.retriable && deadline.hasPassed) {
        // The last question was cut short: what failed before it says more.
        const isCutShort = failure.code === 'REQUEST_TIMED_OUT';
        this.#onTimeOver(lane, isCutShort ? (last ?? failure) : failure);
        return;
      }
      // One that was known keeps its queues: what is in them is sent on with their sequences.
      if (lane.view === undefined) onNoTopic(lane);
      lane.isAwaited = false;
      this.#refuseAll(lane, lane.waiting.splice(0), failure);
    }
  }

  /** Refuses those whose time is over, and looks again for the others. */
  #onTimeOver(lane: TopicLane, failure: OttlaError): void {
    const { context, settings } = this.#deps;
    const { deliveryTimeoutMs } = settings;
    const overMs = context.clock.monotonicMs() - deliveryTimeoutMs;
    const laterAt = lane.waiting.findIndex(({ sinceMs }) => sinceMs > overMs);
    const due = lane.waiting.splice(0, laterAt < 0 ? lane.waiting.length : laterAt);
    this.#refuseAll(lane, due, lateError(lane.topic, deliveryTimeoutMs, failure));
    // Those that came by a callback of a refusal are among them.
    const first = lane.waiting[0];
    lane.isAwaited = first !== undefined;
    if (first === undefined) return;
    const limitMs = Math.max(REFUSAL_STEP_MS, first.sinceMs - overMs);
    this.#track(lane, this.#findTopic(lane, limitMs, failure));
  }

  /** Never rejects, as above. */
  async #findPartition(group: Group, partition: PartitionId): Promise<void> {
    const { lane, isChosen, waiting } = group;
    const { metadata } = this.#deps.context;
    try {
      const view = await metadata.topicWith(lane.topic, partition, this.#lookup());
      if (!this.#groups.has(group)) return;
      lane.onView(view);
      this.onView(lane);
    } catch (error) {
      if (!this.#groups.delete(group)) return;
      const failure = asOttlaError(error);
      const isBadChoice = isChosen && failure.code === 'INVALID_PARTITIONS';
      const cause = isBadChoice ? badChoice(lane, partition) : failure;
      this.#refuseAll(lane, waiting.splice(0), cause, partition);
    }
  }

  /** Never rejects, as above. */
  async #findDelays(group: Group): Promise<void> {
    const { lane, waiting } = group;
    const { metadata } = this.#deps.context;
    try {
      const isSo = ({ delayEnable }: TopicView): boolean => delayEnable !== false;
      const view = await metadata.topicOnce(lane.topic, isSo, this.#lookup());
      if (!this.#groups.has(group)) return;
      lane.onView(view);
      this.onView(lane);
      if (this.#groups.delete(group)) this.#refuseAll(lane, waiting.splice(0), holdsNothing(group));
    } catch (error) {
      if (this.#groups.delete(group)) this.#refuseAll(lane, waiting.splice(0), asOttlaError(error));
    }
  }

  #lookup(): TopicLookup {
    const { context, settings } = this.#deps;
    const limitMs = Math.min(settings.maxBlockMs, settings.deliveryTimeoutMs);
    return { deadline: new Deadline(context.clock, limitMs), signal: this.#abort.signal };
  }

  #refuseAll(
    { topic }: TopicLane,
    waiting: readonly WaitingRecord[],
    cause: OttlaError,
    partition?: PartitionId,
  ): void {
    if (waiting.length === 0) return;
    const { code } = cause;
    const fields = { topic, code, records: waiting.length };
    this.#deps.context.logger.warn('records failed before they were sent', fields);
    const place = partition === undefined ? {} : { partition };
    const failure = { topic, ...place, maybeApplied: false, cause };
    const error = new ProduceError(code, cause.message, failure);
    for (const one of waiting) this.#deps.refuse(one, error);
  }
}

const lateError = (topic: string, limitMs: number, cause: OttlaError): OttlaError => {
  const last = `${cause.message} (${cause.code})`;
  const message = `topic ${topic}: not placed within ${limitMs} ms; the last failure: ${last}`;
  return new OttlaError('DELIVERY_TIMEOUT', message, { cause });
};

const badChoice = (lane: TopicLane, partition: PartitionId): OttlaError =>
  new OttlaError(
    'INVALID_PARTITIONS',
    describeBadChoice(partition, lane.topic, lane.queues.length),
  );

const isLetIn = ({ lane, partition }: Group): boolean =>
  partition === undefined ? lane.letsWait : lane.queues[partition] !== undefined;

const holdsNothing = ({ lane: { topic } }: Group): OttlaError =>
  new OttlaError(
    'INVALID_RECORD',
    `topic ${topic} holds no record back, and deliverAt, delayMs or repeat of a record asks for it: set delay.enable=true on the topic, or leave the option out`,
  );
