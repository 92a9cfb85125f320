import { describeError, OttlaError } from '../../base/errors.ts';
import type { Offset } from '../../base/ids.ts';
import type { Clock, Timer } from '../../env/clock.ts';
import type { Disk } from '../../env/disk.ts';
import type { Logger } from '../../env/logger.ts';
import type { Counter } from '../../env/meter.ts';
import { notAvailable } from '../../log/log-context.ts';
import { isHeld, nextOffsetOf } from '../../record/batch-header.ts';
import type { OnFatal } from '../guard.ts';
import type { Partition, PartitionWatcher } from '../replication/partition.ts';
import type { IdVerdict, PartitionIds } from '../replication/partition-ids.ts';
import type { BatchIds } from './batch-ids.ts';
import { BATCH_IDS_MAX, idsOfSent } from './batch-ids.ts';
import { IdMarks } from './id-marks.ts';
import type { IdHolder, IdRoom } from './id-room.ts';
import type { IdPlace } from './id-rows.ts';
import { DIGEST_WORDS } from './id-rows.ts';
import { BatchVerdict } from './id-verdict.ts';
import { IdWindow } from './id-window.ts';
import { MarkFile } from './mark-file.ts';
import type { IdStep } from './stored-ids.ts';
import { nextIds } from './stored-ids.ts';

/** Of one partition: some 40 MB. */
export const IDS_MAX = 1_000_000;
const RETRY_MS = 200;
/** In one call, of what is over: a million took 200 ms. More where more comes in. */
const EXPIRED_MAX = 4096;

export interface IdKeeperOptions {
  readonly partition: Partition;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Shared with the other partitions of this broker. */
  readonly room: IdRoom;
  /** Ids that were forgotten within the window, to have room. */
  readonly forgotten: Counter;
  readonly onFatal: OnFatal;
  /** What is in the log by now does not count: the setting is new, and this broker leads. */
  readonly isFromNow: boolean;
}

/**
 * The ids of the newest records of one replica. A leader takes them in with the append; whoever
 * follows, or has just begun, reads the own log, in steps of an event each. So a leader that takes
 * over knows what lies in its log, committed or not, once it has read on to its end, and judges
 * nothing before; what is cut off is forgotten with it. What lies below its start as it begins is
 * forgotten too: what the former leaders have deleted there may be other records than it had.
 */
export class IdKeeper implements PartitionWatcher, PartitionIds, IdHolder {
  readonly #options: IdKeeperOptions;
  readonly #window: IdWindow;
  readonly #marks = new IdMarks();
  readonly #file: MarkFile;
  /** Exclusive: the ids below are known. */
  #knownOffset: Offset = 0;
  /** Inclusive: from here on all ids up to there were taken in. */
  #countedFrom: Offset = 0;
  /** The end of the log is known. */
  #isCaughtUp = false;
  /** Exclusive: leader, what it appends from here on before it is caught up has no ids to read. */
  #ledFrom: Offset;
  #isRunning = false;
  #isWoken = false;
  #isClosed = false;
  #isExpiring = false;
  #hasWarned = false;
  #timer: Timer | undefined;

  constructor(options: IdKeeperOptions) {
    this.#options = options;
    const { partition, disk, room, isFromNow, onFatal } = options;
    const { log } = partition;
    this.#window = new IdWindow(IDS_MAX, room);
    room.enter(this);
    this.#file = new MarkFile(disk, log.directory, onFatal);
    if (!isFromNow) this.#marks.load(this.#file.read(), log, this.#nowMs);
    this.#begin();
    this.#isCaughtUp = this.#knownOffset === log.logEndOffset;
    this.#ledFrom = log.logEndOffset;
    partition.watch(this);
    partition.ids = this;
    this.#wake();
  }

  get partition(): Partition {
    return this.#options.partition;
  }

  /** Ids that are known. */
  get count(): number {
    this.#expireAll();
    return this.#window.since(this.#oldestMs).count;
  }

  get heldCount(): number {
    return this.#window.count;
  }

  giveUpOldest(): void {
    const { heldCount } = this;
    this.#expire(0);
    if (this.heldCount < heldCount) return;
    this.#window.dropFirst();
    this.#options.forgotten.add(1, { topic: this.partition.topicName });
  }

  get keptFrom(): Offset {
    this.#expireAll();
    const { firstOffset = this.#knownOffset } = this.#window.since(this.#oldestMs);
    return Math.min(this.#knownOffset, firstOffset);
  }

  judge(batch: Uint8Array): IdVerdict | undefined {
    const { log } = this.#options.partition;
    const ids = idsOfSent(batch, log);
    if (ids === undefined) return undefined;
    if (!this.#isCaughtUp) throw notAvailable(`${log.name} does not know yet which ids it has`);
    this.#expire(Math.min(ids.count, BATCH_IDS_MAX));
    return new BatchVerdict(ids, this.#window, this.#oldestMs, (found, isNew, place) => {
      this.#take(found, isNew, { ...place, timeMs: this.#nowMs });
    });
  }

  onAppended({ isLeader, log }: Partition): void {
    // What was judged is taken in by now; what was not has no id, or is the broker's own.
    if (isLeader && this.#isCaughtUp) this.#knownOffset = log.logEndOffset;
    else this.#isCaughtUp = false;
    this.#maybeMark();
    if (!this.#isCaughtUp) this.#wake();
  }

  onTruncated({ log }: Partition): void {
    this.#window.truncate(log.logEndOffset);
    this.#window.dropBelow(log.logStartOffset);
    this.#marks.truncate(log.logEndOffset);
    this.#knownOffset = Math.min(this.#knownOffset, log.logEndOffset);
    if (log.logEndOffset < this.#countedFrom) this.#begin();
    this.#isCaughtUp = false;
    this.#wake();
  }

  onLeadership({ isLeader, log }: Partition): void {
    if (isLeader) {
      this.#window.dropBelow(log.logStartOffset);
      this.#ledFrom = log.logEndOffset;
    }
    this.#wake();
  }

  /** Resolves when it touches nothing any more; the marks are stored. */
  async close(): Promise<void> {
    this.#end();
    this.#storeMarks();
    await this.#file.written();
  }

  #end(): void {
    const { partition, room } = this.#options;
    this.#isClosed = true;
    room.leave(this);
    this.#timer?.cancel();
    partition.unwatch(this);
    if (partition.ids === this) partition.ids = undefined;
  }

  get #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  get #oldestMs(): number {
    return this.#nowMs - this.#options.partition.log.config.dedupWindowMs;
  }

  /** Knows nothing yet, and reads from there on what there is room for. */
  #begin(): void {
    const { isFromNow, partition, room } = this.#options;
    const { log } = partition;
    const maxCount = Math.min(IDS_MAX, room.maxCount);
    const unread = this.#marks.unread(log, { oldestMs: this.#oldestMs, maxCount });
    const startOffset = isFromNow ? log.logEndOffset : unread.startOffset;
    this.#window.truncate(0);
    this.#knownOffset = startOffset;
    this.#countedFrom = startOffset;
    if (!isFromNow && unread.skippedFrom !== undefined) {
      this.#warnOfSkipped(unread.skippedFrom, startOffset);
    }
  }

  /** Faster than so many are added, so that none goes early for want of room. */
  #expire(addedCount: number): void {
    this.#window.expire(this.#oldestMs, Math.max(EXPIRED_MAX, 2 * addedCount));
  }

  /** In as many events as it takes: of an idle partition too the room is wanted back. */
  #expireAll(): void {
    if (this.#isExpiring || this.#isClosed) return;
    this.#expire(0);
    if (this.#window.since(this.#oldestMs).count === this.#window.count) return;
    this.#isExpiring = true;
    this.#options.clock.defer(() => {
      this.#isExpiring = false;
      this.#expireAll();
    });
  }

  #take(
    ids: BatchIds,
    isNew: (index: number) => boolean,
    base: IdPlace & { readonly timeMs: number },
  ): void {
    const { forgotten, partition, room } = this.#options;
    const { digests } = ids;
    if (this.#isClosed) return;
    for (let index = 0; index < ids.count; index += 1) {
      if (ids.hasId[index] === 0 || !isNew(index)) continue;
      const offset = base.offset + (ids.offsetDeltas[index] as number);
      const gone = this.#window.add({ ...base, digests, at: index * DIGEST_WORDS, offset });
      if (gone > 0) forgotten.add(gone, { topic: partition.topicName });
      room.keepBound();
    }
  }

  #maybeMark(): void {
    const { log } = this.#options.partition;
    if (this.#marks.note(log, log.config.dedupWindowMs, this.#nowMs)) this.#storeMarks();
  }

  #storeMarks(): void {
    this.#countMarks();
    this.#file.write(() => this.#marks.lines(this.#nowMs));
  }

  /** True where that tells more than is stored. */
  #countMarks(): boolean {
    return this.#marks.count({
      startOffset: this.#countedFrom,
      endOffset: this.#knownOffset,
      countIn: (startOffset, endOffset) => this.#window.countIn(startOffset, endOffset),
    });
  }

  #wake(): void {
    if (this.#isClosed || this.#options.partition.isOffline) return;
    this.#isWoken = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#timer?.cancel();
    this.#options.clock.defer(() => void this.#run());
  }

  /** One step; the next is an event of its own. */
  async #run(): Promise<void> {
    this.#isWoken = false;
    let isStuck = false;
    try {
      isStuck = !(await this.#step());
    } catch (error) {
      isStuck = true;
      this.#onFailed(error);
    }
    this.#isRunning = false;
    if (this.#isClosed) return;
    if (isStuck) this.#timer = this.#options.clock.setTimer(RETRY_MS, () => this.#wake());
    else if (this.#isWoken || !this.#isCaughtUp) this.#wake();
  }

  /** Exclusive: the ids below are in the log, and not all known. */
  get #targetOffset(): Offset {
    const { isLeader, log } = this.#options.partition;
    return isLeader && !this.#isCaughtUp ? this.#ledFrom : log.logEndOffset;
  }

  /** False where the log gave nothing though it has more. */
  async #step(): Promise<boolean> {
    const { log } = this.#options.partition;
    const { truncationCount } = log;
    if (this.#isClosed) return true;
    const target = this.#targetOffset;
    const start = this.#nextUnread();
    const step = start < target ? await nextIds(log, start) : nothingAt(start);
    // What was read is not what lies there now.
    if (this.#isClosed || log.truncationCount !== truncationCount) return true;
    this.#takeStep(step);
    // It may have risen meanwhile.
    this.#window.dropBelow(log.logStartOffset);
    this.#isCaughtUp = step.endOffset >= this.#targetOffset;
    this.#knownOffset = this.#isCaughtUp ? log.logEndOffset : step.endOffset;
    if (this.#isCaughtUp) this.#maybeMark();
    // Whoever follows makes a mark before it has read that far.
    if (this.#countMarks()) this.#storeMarks();
    return step.endOffset > start || this.#isCaughtUp;
  }

  /** Where the next id may lie that is not known, and was not over before it could be read. */
  #nextUnread(): Offset {
    const { logStartOffset } = this.#options.partition.log;
    const unread = Math.max(this.#knownOffset, logStartOffset);
    const overEnd = this.#marks.endBefore(this.#oldestMs);
    if (overEnd > unread) this.#countedFrom = overEnd;
    return this.#marks.nextFrom(Math.max(unread, overEnd));
  }

  #takeStep({ batches, endOffset, unreadable }: IdStep): void {
    const nowMs = this.#nowMs;
    for (const { ids, header, isSent } of batches) {
      this.#expire(ids.count);
      const { baseOffset } = header;
      const timeMs = this.#marks.appendedBy(nextOffsetOf(header), nowMs);
      const isNew = (index: number): boolean =>
        isSent(baseOffset + (ids.offsetDeltas[index] as number));
      const isHeldBatch = isHeld(header.attributes);
      this.#take(ids, isNew, { offset: baseOffset, isHeld: isHeldBatch, timeMs });
    }
    if (unreadable === undefined) return;
    this.#countedFrom = endOffset;
    this.#warn(unreadable);
  }

  /** A cut, a trim, a device pass, or are another's to tell. */
  #onFailed(error: unknown): void {
    const { partition, onFatal } = this.#options;
    if (this.#isClosed) return;
    if (!(error instanceof OttlaError)) onFatal(error as Error);
    else if (error.code === 'CORRUPT_STORE') partition.onReadFailed(error);
  }

  #warnOfSkipped(startOffset: Offset, endOffset: Offset): void {
    const { logger, partition } = this.#options;
    const reason = 'how many ids it has is not known, and offsets were counted in their place';
    logger.warn('a part of the log is not read, and a repeat of its ids will not be known', {
      partition: partition.describe(),
      startOffset,
      endOffset,
      reason,
    });
  }

  #warn(error: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const { logger, partition } = this.#options;
    logger.warn('records cannot be opened, and a repeat of them will not be known', {
      partition: partition.describe(),
      reason: describeError(error),
    });
  }
}

const nothingAt = (endOffset: Offset): IdStep => ({
  batches: [],
  endOffset,
  unreadable: undefined,
});
