import { OttlaError } from '../../base/errors.ts';
import type { PartitionId } from '../../base/ids.ts';
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

/** Records for one partition that one lookup decides about: those of one moment. */
interface Group {
  readonly lane: TopicLane;
  readonly partition: PartitionId;
  /** By the partitioner, not by the records. */
  readonly isChosen: boolean;
  readonly sinceMs: number;
  readonly records: WaitingRecord[];
}

/**
 * Where records wait that cannot be placed yet: this client does not know their topic, or knows it
 * without the partition they name, which may have been added since. A record is refused only by a
 * lookup that began when it came or later; the lookups share their questions to the cluster.
 */
export class WaitingRoom {
  readonly #deps: WaitingRoomDeps;
  readonly #abort = new AbortController();
  readonly #lookups = new Set<Promise<void>>();
  /** In the order of their coming, which is that of the calls. */
  readonly #groups = new Set<Group>();

  constructor(deps: WaitingRoomDeps) {
    this.#deps = deps;
  }

  /** Begins to look the lane's topic up, for all that stand in its `waiting`. */
  awaitTopic(lane: TopicLane): void {
    lane.isAwaited = true;
    this.#track(this.#findTopic(lane));
  }

  /**
   * Keeps a record until its topic has the partition; one that a partitioner chose only until the
   * cluster has answered once.
   */
  awaitPartition(
    lane: TopicLane,
    waiting: WaitingRecord,
    { partition, isChosen }: Pick<Group, 'partition' | 'isChosen'>,
  ): void {
    const nowMs = this.#deps.context.clock.monotonicMs();
    for (const group of this.#groups) {
      if (group.lane !== lane || group.partition !== partition) continue;
      if (group.isChosen !== isChosen) continue;
      if (group.sinceMs < nowMs) continue;
      group.records.push(waiting);
      return;
    }
    const group = { lane, partition, isChosen, sinceMs: nowMs, records: [waiting] };
    this.#groups.add(group);
    this.#track(this.#findPartition(group));
  }

  /** The lane has taken in a view: places at once, before any later record, whom it lets in. */
  onView(lane: TopicLane): void {
    for (const group of [...this.#groups]) {
      if (group.lane !== lane || lane.queues[group.partition] === undefined) continue;
      this.#groups.delete(group);
      for (const waiting of group.records) this.#deps.place(lane, waiting);
    }
  }

  /** Resolves when all who wait now are placed or refused. */
  async settled(): Promise<void> {
    await Promise.all(this.#lookups);
  }

  /** Refuses all who wait. */
  close(lanes: Iterable<TopicLane>, error: OttlaError): void {
    this.#abort.abort();
    for (const lane of lanes) this.#refuseAll(lane, lane.waiting.splice(0), error);
    for (const group of this.#groups) this.#refuseAll(group.lane, group.records, error);
    this.#groups.clear();
  }

  #track(work: Promise<void>): void {
    const lookup = work.finally(() => this.#lookups.delete(lookup));
    this.#lookups.add(lookup);
  }

  /** Never rejects: the records that wait hear of a failure. */
  async #findTopic(lane: TopicLane): Promise<void> {
    const { context, settings, place, onNoTopic } = this.#deps;
    const { maxBlockMs, allowAutoCreate } = settings;
    const { signal } = this.#abort;
    try {
      const deadline = new Deadline(context.clock, maxBlockMs);
      const lookup = { deadline, signal, allowAutoCreate, anew: lane.view !== undefined };
      lane.onView(await context.metadata.topic(lane.topic, lookup));
      lane.isAwaited = false;
      for (const waiting of lane.waiting.splice(0)) place(lane, waiting);
    } catch (error) {
      // One that was known keeps its queues: what is in them is sent on with their sequences.
      if (lane.view === undefined) onNoTopic(lane);
      lane.isAwaited = false;
      this.#refuseAll(lane, lane.waiting.splice(0), asOttlaError(error));
    }
  }

  /** Never rejects, as above. */
  async #findPartition(group: Group): Promise<void> {
    const { lane, partition, isChosen, records } = group;
    const { context, settings } = this.#deps;
    const { signal } = this.#abort;
    const limitMs = Math.min(settings.maxBlockMs, settings.deliveryTimeoutMs);
    try {
      const deadline = new Deadline(context.clock, limitMs);
      const lookup = { deadline, signal };
      const view = await context.metadata.topicWith(lane.topic, partition, lookup);
      if (!this.#groups.has(group)) return;
      lane.onView(view);
      this.onView(lane);
    } catch (error) {
      if (!this.#groups.delete(group)) return;
      const failure = asOttlaError(error);
      const isBadChoice = isChosen && failure.code === 'INVALID_PARTITIONS';
      const cause = isBadChoice ? badChoice(group) : failure;
      this.#refuseAll(lane, records, cause, partition);
    }
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

const badChoice = ({ lane, partition }: Group): OttlaError =>
  new OttlaError(
    'INVALID_PARTITIONS',
    describeBadChoice(partition, lane.topic, lane.queues.length),
  );
