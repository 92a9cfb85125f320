import type { Timer } from '../../../env/clock.ts';
import { askBacklogs } from '../../cluster/backlog.ts';
import type { FenceView, TopicView } from '../../cluster/cluster-view.ts';
import type { ClientContext } from '../../context.ts';
import { asOttlaError } from '../../timing.ts';
import type { AssignorMember } from '../assignors/assignor.ts';
import { partitionNumbers } from '../assignors/assignor.ts';
import type { ConsumerSettings } from '../consumer-options.ts';
import type { CoordinatorCalls } from '../coordinator-calls.ts';
import type { CommittedOffsets, GroupOffsets } from '../group-offsets.ts';
import { nameOf } from '../partition-sets.ts';
import { FenceCore } from './fence-core.ts';

export interface FenceWatchDeps {
  readonly context: ClientContext;
  readonly settings: ConsumerSettings;
  readonly calls: CoordinatorCalls;
  readonly offsets: GroupOffsets;
  readonly signal: AbortSignal;
  /** The generation that this member leads; undefined: none. */
  readonly ledGeneration: () => number | undefined;
  /** The group may be given more partitions than before. */
  readonly onPassed: () => void;
}

/** A topic with partitions that the group is not given yet. */
type Fenced = TopicView & { readonly fence: FenceView };

/**
 * The eye of a group's leader on the fences before partitions that were added: it counts a topic
 * without them until its group has passed.
 */
export class FenceWatch {
  readonly #deps: FenceWatchDeps;
  /** By id of the topic and first partition behind the fence. */
  readonly #cores = new Map<string, FenceCore>();
  #topics: readonly string[] = [];
  #timer: Timer | undefined;
  #isLooking = false;

  constructor(deps: FenceWatchDeps) {
    this.#deps = deps;
  }

  /** Of `count` partitions of a topic, those that the group may be given. */
  visibleCount(topic: string, count: number): number {
    const fenced = this.#standing(topic);
    return fenced === undefined ? count : Math.min(count, fenced.fence.firstPartition);
  }

  /** What the members of the group say that they have. */
  onMembers(members: readonly AssignorMember[]): void {
    const held = members.flatMap(({ owned }) => owned);
    for (const topic of new Set(held.map((at) => at.topic))) {
      const fenced = this.#standing(topic);
      if (fenced === undefined) continue;
      const numbers = held.filter((at) => at.topic === topic).map(({ partition }) => partition);
      this.#coreOf(fenced).onHeld(numbers);
    }
  }

  /**
   * Whether an earlier leader saw that a fence was passed, where it stands before one of these.
   * Never rejects: what is not told now is looked at again.
   */
  async recall(topics: Iterable<string>): Promise<void> {
    const standing = [...topics].flatMap((topic) => this.#standing(topic) ?? []);
    if (standing.length === 0) return;
    const { offsets, signal } = this.#deps;
    try {
      const committed = await offsets.fetch({ signal });
      for (const fenced of standing) this.#coreOf(fenced).onHeld(partitionsIn(committed, fenced));
    } catch (error) {
      this.#onFailed(error);
    }
  }

  /** Looks at these from now on, while a fence stands. */
  watch(topics: Iterable<string>): void {
    this.#topics = [...topics];
    if (this.#timer === undefined && !this.#isLooking) this.#lookLater();
  }

  stop(): void {
    this.#topics = [];
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** One that this group has not passed yet. */
  #standing(topic: string): Fenced | undefined {
    const { context, calls } = this.#deps;
    const view = context.metadata.view.topics.get(topic);
    const fence = view?.fence;
    if (view === undefined || fence?.groups.includes(calls.groupId) !== true) return undefined;
    const fenced = { ...view, fence };
    return this.#coreOf(fenced).isPassed ? undefined : fenced;
  }

  #coreOf({ topicId, fence }: Fenced): FenceCore {
    const key = `${topicId}/${fence.firstPartition}`;
    const known = this.#cores.get(key) ?? new FenceCore(fence.firstPartition);
    this.#cores.set(key, known);
    return known;
  }

  #lookLater(): void {
    if (!this.#topics.some((topic) => this.#standing(topic) !== undefined)) return;
    const { context, settings } = this.#deps;
    this.#timer = context.clock.setTimer(settings.heartbeatIntervalMs, () => {
      this.#timer = undefined;
      void this.#look();
    });
  }

  /** Never rejects: what is not told now is asked for again. */
  async #look(): Promise<void> {
    const { context, signal, onPassed } = this.#deps;
    this.#isLooking = true;
    try {
      await context.metadata.refresh(this.#topics);
      const standing = this.#topics.flatMap((topic) => this.#standing(topic) ?? []);
      for (const fenced of standing) await this.#lookAt(fenced);
    } catch (error) {
      this.#onFailed(error);
    }
    this.#isLooking = false;
    if (signal.aborted || this.#topics.length === 0) return;
    onPassed();
    if (this.#timer === undefined) this.#lookLater();
  }

  async #lookAt(fenced: Fenced): Promise<void> {
    const { context, offsets, signal } = this.#deps;
    const { name: topic, fence } = fenced;
    const committed = await offsets.fetch({ signal });
    const questions = partitionNumbers(fence.firstPartition).map((partition) => {
      const at = { topic, partition };
      return { ...at, nextOffset: committed.get(nameOf(at))?.offset };
    });
    const backlogs = await askBacklogs(context, questions, { signal });
    const core = this.#coreOf(fenced);
    core.onLook({
      committed: partitionsIn(committed, fenced),
      isSettled: fence.settledInMs === 0,
      places: questions.map(({ nextOffset }, at) => ({
        nextOffset,
        startOffset: backlogs[at]?.startOffset ?? 0,
        endOffset: backlogs[at]?.endOffset ?? 0,
      })),
    });
    if (core.isReached) await this.#pass(fenced);
  }

  /**
   * Commits where the group begins behind the fence, before anybody of it is given that: whoever
   * leads next knows by it that the fence was passed. After a crash in between, or where the commit
   * fails, it stands, and is looked at again.
   */
  async #pass(fenced: Fenced): Promise<void> {
    const { context, calls, offsets, signal, ledGeneration } = this.#deps;
    const { name: topic, partitions, fence } = fenced;
    const { firstPartition } = fence;
    const core = this.#coreOf(fenced);
    const generation = ledGeneration();
    const isMine = (): boolean =>
      core.isReached && generation !== undefined && ledGeneration() === generation;
    const questions = partitionNumbers(partitions.length)
      .slice(firstPartition)
      .map((partition) => ({ topic, partition, nextOffset: undefined }));
    const backlogs = await askBacklogs(context, questions, { signal });
    const commits = questions.map((question, at) => {
      return { ...question, nextOffset: backlogs[at]?.startOffset ?? 0, isMine };
    });
    await offsets.commit(commits, { signal });
    core.pass();
    const { groupId } = calls;
    context.logger.info('the group has passed a fence', { groupId, topic, firstPartition });
  }

  #onFailed(error: unknown): void {
    const { code, message } = asOttlaError(error);
    const { groupId } = this.#deps.calls;
    this.#deps.context.logger.debug('no look at a fence', { groupId, code, message });
  }
}

/** Of the topic behind the fence. */
const partitionsIn = (committed: CommittedOffsets, { name: topic, partitions }: Fenced): number[] =>
  partitionNumbers(partitions.length).filter((partition) =>
    committed.has(nameOf({ topic, partition })),
  );
