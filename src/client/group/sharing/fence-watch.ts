import { errorCodeOf } from '../../../base/errors.ts';
import type { Timer } from '../../../env/clock.ts';
import { GroupService } from '../../../gen/ottla.ts';
import { askBacklogs } from '../../cluster/backlog.ts';
import type { FenceView, TopicView } from '../../cluster/cluster-view.ts';
import type { ClientContext } from '../../context.ts';
import { asOttlaError } from '../../timing.ts';
import type { AssignorMember } from '../assignors/assignor.ts';
import { partitionNumbers } from '../assignors/assignor.ts';
import type { ConsumerSettings } from '../consumer-options.ts';
import type { CoordinatorCalls } from '../coordinator-calls.ts';
import { nameOf } from '../partition-sets.ts';
import { FenceCore } from './fence-core.ts';

export interface FenceWatchDeps {
  readonly context: ClientContext;
  readonly settings: ConsumerSettings;
  readonly calls: CoordinatorCalls;
  readonly signal: AbortSignal;
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
    const { context, calls, signal, onPassed } = this.#deps;
    this.#isLooking = true;
    try {
      await context.metadata.refresh(this.#topics);
      const standing = this.#topics.flatMap((topic) => this.#standing(topic) ?? []);
      for (const fenced of standing) await this.#lookAt(fenced);
    } catch (error) {
      const { code, message } = asOttlaError(error);
      const { groupId } = calls;
      context.logger.debug('no look at a fence', { groupId, code, message });
    }
    this.#isLooking = false;
    if (signal.aborted || this.#topics.length === 0) return;
    onPassed();
    if (this.#timer === undefined) this.#lookLater();
  }

  async #lookAt(fenced: Fenced): Promise<void> {
    const { context, calls, signal } = this.#deps;
    const { name: topic, fence } = fenced;
    const { offsets } = await calls.call(GroupService.fetchCommitted, {
      request: { groupId: calls.groupId, all: true, partitions: [] },
      codeOf: ({ errorCode }) => errorCodeOf(errorCode),
      what: 'fetching offsets',
      signal,
    });
    const committed = offsets.filter((each) => each.topic === topic);
    const nextOffsets = new Map(committed.map((each) => [nameOf(each), each.offset]));
    const questions = partitionNumbers(fence.firstPartition).map((partition) => ({
      topic,
      partition,
      nextOffset: nextOffsets.get(nameOf({ topic, partition })),
    }));
    const backlogs = await askBacklogs(context, questions, { signal });
    const core = this.#coreOf(fenced);
    core.onLook({
      committed: committed.map(({ partition }) => partition),
      isSettled: fence.settledInMs === 0,
      places: questions.map(({ nextOffset }, at) => ({
        nextOffset,
        startOffset: backlogs[at]?.startOffset ?? 0,
        endOffset: backlogs[at]?.endOffset ?? 0,
      })),
    });
    if (!core.isPassed) return;
    const { groupId } = calls;
    const { firstPartition } = fence;
    context.logger.info('the group has passed a fence', { groupId, topic, firstPartition });
  }
}
