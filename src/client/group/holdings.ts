import type { OttlaError } from '../../base/errors.ts';
import type { Offset } from '../../base/ids.ts';
import type { ClusterView } from '../cluster/cluster-view.ts';
import { EMPTY_VIEW } from '../cluster/cluster-view.ts';
import type { ClientContext } from '../context.ts';
import { joinCommitText, splitCommitText } from '../handling/commit-text.ts';
import type { Progress, Work } from '../handling/work.ts';
import { PartitionCursor } from '../reader/partition-cursor.ts';
import type { RecordSource } from '../reader/record-source.ts';
import { asOttlaError, backoffMs, pause, RETRY_BACKOFF } from '../timing.ts';
import type { Companions } from './companions.ts';
import type { ConsumerSettings, RebalanceListener } from './consumer-options.ts';
import type { TopicPartitionName } from './consumer-protocol.ts';
import type { GroupOffsets, OwnCommit } from './group-offsets.ts';
import { nameOf } from './partition-sets.ts';
import type { StartPosition } from './start-positions.ts';
import { findStarts, isAbsence } from './start-positions.ts';

export interface HoldingsDeps {
  readonly context: ClientContext;
  readonly settings: ConsumerSettings;
  readonly source: Pick<RecordSource<unknown, unknown>, 'fetch' | 'remove' | 'wake'>;
  readonly offsets: GroupOffsets;
  readonly companions: Pick<Companions, 'topic'>;
  /** Ends the iteration with it. */
  readonly onError: (error: OttlaError) => void;
}

/** A partition that the group has given to this consumer. */
interface Holding {
  readonly cursor: PartitionCursor;
  /** Partitions of its topic when its share was asked for; 0: not known then. */
  readonly topicSize: number;
  /** What is committed, as far as this consumer knows. */
  committed: Offset | undefined;
  /** What that tells to be finished above it. */
  committedFinished: string;
  /** Its last records are being handled: nothing more is handed out. */
  isEnding: boolean;
  /** Said with each commit that has no words of the user's: see `findStarts`. */
  note: string;
  /** What is finished above its position, until the position moves. */
  resume: Progress | undefined;
  /** The user has said where to go on: what is committed does not count. */
  isSought: boolean;
}

/** What is with the handler now: of which partition, and the first offset it has not handled. */
interface Hand {
  readonly cursor: PartitionCursor;
  fromOffset: Offset;
}

/**
 * The partitions that a consumer has: how each begins, what of it is handled, and how it is given
 * up. Nothing counts as handled while it is with the handler.
 */
export class Holdings {
  readonly #deps: HoldingsDeps;
  readonly #held = new Map<string, Holding>();
  #viewAtJoin: ClusterView = EMPTY_VIEW;
  readonly #abort = new AbortController();
  /** Calls of the listener, one after the other. */
  #calls: Promise<void> = Promise.resolve();
  #hand: Hand | undefined;
  #handWaiters: Array<() => void> = [];
  #work: Work | undefined;
  #isClosing = false;

  constructor(deps: HoldingsDeps) {
    this.#deps = deps;
  }

  /** Those that are not being given up. */
  get cursors(): readonly PartitionCursor[] {
    return [...this.#held.values()].filter(({ isEnding }) => !isEnding).map(({ cursor }) => cursor);
  }

  find(at: TopicPartitionName): PartitionCursor | undefined {
    return this.#held.get(nameOf(at))?.cursor;
  }

  /** The handler gets something of this partition, from this offset on. */
  handOut(cursor: PartitionCursor, fromOffset: Offset): void {
    this.#hand = { cursor, fromOffset };
  }

  /** The handler has come for more: it has handled what it had. */
  handBack(): void {
    this.#hand = undefined;
    this.#tellHandWaiters();
  }

  /** The iteration was left with something in hand: that is handed out again, unless committed. */
  dropHand(): void {
    const hand = this.#hand;
    this.handBack();
    if (hand === undefined || this.find(hand.cursor) !== hand.cursor) return;
    hand.cursor.seek({ offset: hand.fromOffset });
    this.#deps.source.wake();
  }

  get isWorkedOn(): boolean {
    return this.#work !== undefined;
  }

  /** From now on this tells what is handled. */
  beginWork(work: Work): void {
    this.#work = work;
  }

  /** What it has not finished is handed out again, what it has is not by another one. */
  endWork(work: Work): void {
    for (const holding of this.#held.values()) {
      const progress = work.progressOf(holding.cursor);
      if (progress === undefined) continue;
      holding.resume = progress;
      holding.cursor.seek({ offset: progress.nextOffset });
    }
    this.#work = undefined;
    this.#deps.source.wake();
  }

  wakeWork(): void {
    this.#work?.wake();
  }

  resumeOf(cursor: PartitionCursor): Progress | undefined {
    return this.#held.get(nameOf(cursor))?.resume;
  }

  /** Nothing that was handed out of it counts: it goes on elsewhere. */
  forget(cursor: PartitionCursor): void {
    this.#work?.drop(cursor);
    const holding = this.#held.get(nameOf(cursor));
    if (holding !== undefined) holding.resume = undefined;
  }

  /** Whatever is in hand of it, the user wants it to go on elsewhere. */
  onSeek(cursor: PartitionCursor): void {
    if (this.#hand?.cursor === cursor) this.#hand = undefined;
    this.forget(cursor);
    const holding = this.#held.get(nameOf(cursor));
    if (holding !== undefined) holding.isSought = true;
  }

  /** `handled`: what the handler has gone past; `handedOut`: what it has in hand as well. */
  positions(upTo: 'handled' | 'handedOut'): OwnCommit[] {
    return [...this.#held.values()].flatMap((holding) => this.#positionOf(holding, upTo));
  }

  /**
   * Where the handler is in those that are not being given up; undefined where that of one is still
   * to be looked up.
   */
  places(): readonly OwnCommit[] | undefined {
    const staying = [...this.#held.values()].filter(({ isEnding }) => !isEnding);
    const known = staying.flatMap((holding) => this.#positionOf(holding, 'handled'));
    return known.length === staying.length ? known : undefined;
  }

  /** Resolves when they are stored; what is in hand and was committed is not handed out again. */
  async commit(commits: readonly OwnCommit[], signal?: AbortSignal): Promise<void> {
    await this.#deps.offsets.commit(commits, { signal });
    for (const commit of commits) {
      const holding = commit.isMine() ? this.#held.get(nameOf(commit)) : undefined;
      if (holding === undefined) continue;
      holding.committed = commit.nextOffset;
      holding.committedFinished = finishedIn(commit);
      const hand = this.#hand;
      if (hand?.cursor === holding.cursor && hand.fromOffset < commit.nextOffset) {
        hand.fromOffset = commit.nextOffset;
      }
    }
  }

  /** A commit of this partition, good for as long as it is held without a break. */
  ownCommit(commit: Omit<OwnCommit, 'isMine'>): OwnCommit | undefined {
    const holding = this.#held.get(nameOf(commit));
    if (holding === undefined) return undefined;
    const { note: metadata } = holding;
    return { metadata, ...commit, isMine: () => this.#isHeld(holding) };
  }

  /** Commits what is handled and was not committed; what fails is logged, and tried again later. */
  async commitHandled(isMeant: (cursor: PartitionCursor) => boolean = () => true): Promise<void> {
    const commits = this.positions('handled').filter((commit) => {
      const holding = this.#held.get(nameOf(commit));
      if (holding === undefined || !isMeant(holding.cursor)) return false;
      const { committed, committedFinished } = holding;
      return committed !== commit.nextOffset || committedFinished !== finishedIn(commit);
    });
    if (commits.length === 0) return;
    try {
      await this.#commitAsLong(commits);
    } catch (error) {
      const { groupId } = this.#deps.settings;
      const { code, message } = asOttlaError(error);
      this.#deps.context.logger.warn('commit failed', { groupId, code, message });
    }
  }

  /** Where brokers allow less to be said than was thought, what is finished above is left out. */
  async #commitAsLong(commits: readonly OwnCommit[]): Promise<void> {
    try {
      await this.commit(commits);
    } catch (error) {
      if (asOttlaError(error).code !== 'OFFSET_METADATA_TOO_LARGE') throw error;
      const text =
        'what is finished above the committed offsets does not fit into the commit, and may be handled again: set maxMetadataBytes to the offset.metadata.max.bytes of the brokers';
      this.#deps.context.logger.warn(text, { groupId: this.#deps.settings.groupId });
      await this.commit(
        commits.map((commit) => ({
          ...commit,
          metadata: splitCommitText(commit.metadata ?? '').note,
        })),
      );
    }
  }

  /**
   * It is said not to be there. Once it is, it goes on where it was, or from the start of another
   * topic by that name, unless the group takes the partition away before.
   */
  beginAgain(cursor: PartitionCursor): void {
    const holding = this.#held.get(nameOf(cursor));
    if (holding?.cursor !== cursor) return;
    const { position } = cursor;
    this.#deps.source.remove(cursor);
    cursor.seek(position === undefined ? (cursor.from ?? 'earliest') : { offset: position });
    holding.isSought = true;
    void this.#begin([holding]);
  }

  /**
   * What is known now is no more than what the shares will be decided by: a partition that is not
   * known yet, and not in the shares either, is one that was added.
   */
  onJoining(): void {
    this.#viewAtJoin = this.#deps.context.metadata.view;
  }

  onAssigned(partitions: readonly TopicPartitionName[], generation: number): void {
    const added = partitions.map(({ topic, partition }): Holding => {
      const cursor = new PartitionCursor(topic, partition, 'latest');
      const topicSize = sizeOf(this.#viewAtJoin, topic, this.#deps.settings.groupId);
      const holding = { cursor, topicSize, ...NOTHING_YET };
      this.#held.set(nameOf(cursor), holding);
      return holding;
    });
    const told = this.#call((listener) => listener.onAssigned?.(partitions, generation));
    void told.then(() => this.#begin(added));
  }

  /** Resolves when the handler is done with them, and what it did is committed. */
  async onRevoke(partitions: readonly TopicPartitionName[]): Promise<void> {
    const ending = partitions.flatMap((at) => this.#held.get(nameOf(at)) ?? []);
    for (const holding of ending) {
      holding.isEnding = true;
      this.#deps.source.remove(holding.cursor);
    }
    if (this.#work !== undefined) await this.#work.release(ending.map(({ cursor }) => cursor));
    await this.#untilHandledOf(ending);
    const left = ending.filter((holding) => this.#isHeld(holding));
    const cursors = new Set(left.map(({ cursor }) => cursor));
    if (this.#deps.settings.isAutoCommit) await this.commitHandled((it) => cursors.has(it));
    const still = left.filter((holding) => this.#isHeld(holding));
    const places = still.map(({ cursor }) => placeOf(cursor));
    await this.#call((listener) => listener.onRevoked?.(places));
    for (const holding of still) if (this.#isHeld(holding)) this.#letGo(holding);
  }

  onLost(partitions: readonly TopicPartitionName[]): void {
    for (const at of partitions) {
      const holding = this.#held.get(nameOf(at));
      if (holding === undefined) continue;
      this.#letGo(holding);
      this.#deps.source.remove(holding.cursor);
    }
    this.#tellHandWaiters();
    void this.#call((listener) => listener.onLost?.(partitions));
  }

  /** From now on nobody waits for the handler: what it has in hand is handled again elsewhere. */
  beginClosing(): void {
    this.#isClosing = true;
    this.#tellHandWaiters();
  }

  close(): void {
    this.#abort.abort();
    this.beginClosing();
    // Nothing is committed of what is left here: not all that was handed out need be handled.
    for (const holding of this.#held.values()) this.#letGo(holding);
  }

  #isHeld(holding: Holding): boolean {
    return this.#held.get(nameOf(holding.cursor)) === holding;
  }

  #positionOf(holding: Holding, upTo: 'handled' | 'handedOut'): OwnCommit[] {
    const { cursor, note } = holding;
    const progress = this.#work?.progressOf(cursor) ?? this.#progressOf(holding, upTo);
    if (progress === undefined) return [];
    const { nextOffset, finished } = progress;
    const metadata = joinCommitText({ note, finished });
    return [{ ...placeOf(cursor), nextOffset, metadata, isMine: () => this.#isHeld(holding) }];
  }

  /** Of a partition whose records are handled one by one. */
  #progressOf({ cursor, resume }: Holding, upTo: 'handled' | 'handedOut'): Progress | undefined {
    const hand = upTo === 'handled' && this.#hand?.cursor === cursor ? this.#hand : undefined;
    const nextOffset = hand?.fromOffset ?? cursor.position;
    if (nextOffset === undefined) return undefined;
    return nextOffset === resume?.nextOffset ? resume : { nextOffset, finished: '' };
  }

  #letGo({ cursor }: Holding): void {
    this.#held.delete(nameOf(cursor));
    this.#work?.drop(cursor);
  }

  async #untilHandledOf(ending: readonly Holding[]): Promise<void> {
    const isInHand = (): boolean =>
      ending.some((it) => it.cursor === this.#hand?.cursor && this.#isHeld(it));
    while (isInHand() && !this.#isClosing) {
      await new Promise<void>((resolve) => this.#handWaiters.push(resolve));
    }
  }

  #tellHandWaiters(): void {
    const waiters = this.#handWaiters;
    this.#handWaiters = [];
    for (const tell of waiters) tell();
  }

  /** Never rejects: an error of the listener ends the iteration. */
  #call(tell: (listener: RebalanceListener) => void | Promise<void>): Promise<void> {
    const { listener } = this.#deps.settings;
    const done = this.#calls.then(async () => {
      try {
        await tell(listener);
      } catch (error) {
        this.#deps.onError(asOttlaError(error));
      }
    });
    this.#calls = done;
    return done;
  }

  /** Never rejects: what fails is tried again for as long as the partitions are held. */
  async #begin(added: readonly Holding[]): Promise<void> {
    const { context, settings, onError } = this.#deps;
    const { signal } = this.#abort;
    let open = added;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      open = open.filter((holding) => this.#isHeld(holding) && !holding.isEnding);
      if (open.length === 0) return;
      try {
        open = await this.#beginThose(open, signal);
      } catch (error) {
        if (signal.aborted) return;
        const failure = asOttlaError(error);
        const { code, message } = failure;
        const { groupId } = settings;
        context.logger.warn('where to begin is not to be had', { groupId, code, message });
        // What is not there, or not this member's any more, it will not hold any more soon.
        const isPassing = failure.retriable || isAbsence(code) || code === 'ILLEGAL_GENERATION';
        if (!isPassing) return onError(failure);
      }
      if (open.length === 0) return;
      const delayMs = backoffMs(attempt, RETRY_BACKOFF, context.random);
      await pause(context.clock, delayMs, signal).catch(() => {});
    }
  }

  /** Fetches those whose topics are there from where they begin; the others are left over. */
  async #beginThose(open: readonly Holding[], signal: AbortSignal): Promise<Holding[]> {
    const { context, settings, offsets, companions } = this.#deps;
    const { metadata } = context;
    await metadata.refresh(new Set(open.map(({ cursor }) => cursor.topic)));
    const isThere = ({ cursor: { topic, partition } }: Holding): boolean =>
      metadata.view.topics.get(topic)?.partitions[partition] !== undefined;
    const there = open.filter(isThere);
    // Where the listener has sought to is where it begins.
    const asked = there.filter(({ isSought }) => !isSought);
    const isCompanion = (topic: string): boolean => topic === companions.topic;
    const starts =
      asked.length === 0
        ? NO_STARTS
        : await findStarts({ ...settings, context, offsets, isCompanion }, asked, { signal });
    await this.#pin(there, starts, signal);
    for (const holding of there) this.#fetch(holding, starts.get(holding.cursor));
    return open.filter((holding) => !there.includes(holding));
  }

  async #pin(
    holdings: readonly Holding[],
    starts: ReadonlyMap<PartitionCursor, StartPosition>,
    signal: AbortSignal,
  ): Promise<void> {
    const pinned = holdings.flatMap((holding): OwnCommit[] => {
      const start = starts.get(holding.cursor);
      if (start?.isPinned !== true || typeof start.from !== 'object' || !('offset' in start.from)) {
        return [];
      }
      const { note: metadata } = start;
      const isMine = (): boolean => this.#isHeld(holding);
      return [{ ...placeOf(holding.cursor), nextOffset: start.from.offset, metadata, isMine }];
    });
    if (pinned.length > 0) await this.commit(pinned, signal);
  }

  #fetch(holding: Holding, start: StartPosition | undefined): void {
    const { cursor } = holding;
    if (!this.#isHeld(holding) || holding.isEnding) return;
    const { view } = this.#deps.context.metadata;
    const topicId = view.topics.get(cursor.topic)?.topicId ?? '';
    const isAnother = cursor.topicId !== '' && cursor.topicId !== topicId;
    cursor.topicId = topicId;
    if (isAnother) {
      this.forget(cursor);
      cursor.seek('earliest');
    }
    if (isAnother || start !== undefined) holding.note = start?.note ?? '';
    if (start !== undefined && !holding.isSought) {
      cursor.seek(start.from);
      // What is committed already need not be committed again.
      if (typeof start.from === 'object' && 'offset' in start.from) {
        holding.committed = start.from.offset;
        holding.committedFinished = start.finished;
        holding.resume = { nextOffset: start.from.offset, finished: start.finished };
      }
    }
    this.#deps.source.fetch(cursor);
  }
}

const NOTHING_YET: Omit<Holding, 'cursor' | 'topicSize'> = {
  committed: undefined,
  committedFinished: '',
  isEnding: false,
  note: '',
  resume: undefined,
  isSought: false,
};

const finishedIn = ({ metadata = '' }: OwnCommit): string => splitCommitText(metadata).finished;

const NO_STARTS: ReadonlyMap<PartitionCursor, StartPosition> = new Map();

/** Without what is behind a fence of the group: that counts as added, whenever it is given. */
const sizeOf = ({ topics }: ClusterView, topic: string, groupId: string): number => {
  const { partitions = [], fence } = topics.get(topic) ?? {};
  const isFenced = fence?.groups.includes(groupId) === true;
  return isFenced ? Math.min(fence.firstPartition, partitions.length) : partitions.length;
};

const placeOf = ({ topic, partition }: TopicPartitionName): TopicPartitionName => ({
  topic,
  partition,
});
