import type { ErrorCode } from '../../base/errors.ts';
import { OttlaError } from '../../base/errors.ts';
import { listEnds } from '../cluster/list-offsets.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';
import { sizeInNote, sizeNote, splitCommitText } from '../handling/commit-text.ts';
import type { PartitionCursor } from '../reader/partition-cursor.ts';
import type { ReadPosition } from '../reader/reader-options.ts';
import type { CommittedOffsets, GroupOffsets } from './group-offsets.ts';
import { nameOf } from './partition-sets.ts';

export interface StartDeps {
  readonly context: ClientContext;
  readonly offsets: GroupOffsets;
  readonly groupId: string;
  readonly offsetReset: 'earliest' | 'latest' | 'none';
  /** Whether it is read beside what the group shares out: all that is in it is for the group. */
  readonly isCompanion: (topic: string) => boolean;
}

/** A partition that begins. */
export interface Beginner {
  readonly cursor: PartitionCursor;
  /** Partitions of its topic when the group was asked for shares; 0: not known then. */
  readonly topicSize: number;
}

/** Where a partition begins; `isPinned`: to be committed at once. */
export interface StartPosition {
  readonly from: ReadPosition;
  readonly isPinned: boolean;
  /** To be said with what is committed of it: how large the topic was when the group began. */
  readonly note: string;
  /** What of it is finished above where it begins, as `Consumer.run` has committed it. */
  readonly finished: string;
}

/** What was asked about is not there: deleted, made anew, or made anew with fewer partitions. */
export const isAbsence = (code: ErrorCode): boolean =>
  code === 'UNKNOWN_TOPIC_OR_PARTITION' ||
  code === 'UNKNOWN_TOPIC_ID' ||
  code === 'INVALID_PARTITIONS';

/**
 * Where the group goes on in partitions that were just assigned: at what it has committed; in one
 * that was added to a topic the group was reading, at its start, for nobody can have had its
 * records; else where `offsetReset` says. `latest` is looked up once and committed: whoever gets
 * the partition next must not skip what came meanwhile.
 *
 * Members of a new group do so side by side, and each may see what the others have committed but
 * not when. So what is committed says how many partitions there were when the shares were asked
 * for, before any of these lookups: one of those was not added.
 *
 * Throws OFFSET_OUT_OF_RANGE where nothing was committed of a partition that was not added, and
 * `offsetReset` is `none`.
 */
export const findStarts = async (
  { context, offsets, groupId, offsetReset, isCompanion }: StartDeps,
  beginners: readonly Beginner[],
  options: TimedCallOptions = {},
): Promise<ReadonlyMap<PartitionCursor, StartPosition>> => {
  const committed = await offsets.fetch(options);
  const sizesAtStart = findSizesAtStart(committed);
  const starts = new Map<PartitionCursor, StartPosition>();
  const atEnd: Beginner[] = [];
  for (const beginner of beginners) {
    const { cursor } = beginner;
    const known = committed.get(nameOf(cursor));
    if (known !== undefined) {
      const { offset, metadata } = known;
      starts.set(cursor, { from: { offset }, isPinned: false, ...splitCommitText(metadata) });
      continue;
    }
    const isKnownOf = offsetReset === 'none' && isBelowCommitted(cursor, committed);
    const isForGroup = isCompanion(cursor.topic) || (wasAdded(cursor, sizesAtStart) && !isKnownOf);
    if (isForGroup || offsetReset === 'earliest') {
      starts.set(cursor, { from: 'earliest', isPinned: false, note: '', finished: '' });
    } else if (offsetReset === 'none') throw nothingCommitted(cursor, groupId);
    else atEnd.push(beginner);
  }
  const cursors = atEnd.map(({ cursor }) => cursor);
  const ends = await listEnds(context, cursors, options);
  for (const [at, { cursor, topicSize }] of atEnd.entries()) {
    const offset = ends[at]?.endOffset ?? 0;
    const note = sizeNote(topicSize);
    starts.set(cursor, { from: { offset }, isPinned: true, note, finished: '' });
  }
  return starts;
};

/** By topic of which something is committed; 0 where nothing tells its size. */
const findSizesAtStart = (committed: CommittedOffsets): ReadonlyMap<string, number> => {
  const sizes = new Map<string, number>();
  for (const [name, { metadata }] of committed) {
    const topic = name.slice(0, name.lastIndexOf('/'));
    sizes.set(
      topic,
      Math.max(sizes.get(topic) ?? 0, sizeInNote(splitCommitText(metadata).note) ?? 0),
    );
  }
  return sizes;
};

/** Where nothing tells, it is taken for one that was: to read too much loses nothing. */
const wasAdded = (
  { topic, partition }: PartitionCursor,
  sizesAtStart: ReadonlyMap<string, number>,
): boolean => {
  const size = sizesAtStart.get(topic);
  return size !== undefined && partition >= size;
};

/** Partitions are added behind those there are: one before a committed one was there with it. */
const isBelowCommitted = (
  { topic, partition }: PartitionCursor,
  committed: CommittedOffsets,
): boolean =>
  [...committed.keys()].some((name) => {
    const at = name.lastIndexOf('/');
    return name.slice(0, at) === topic && Number(name.slice(at + 1)) > partition;
  });

const nothingCommitted = ({ topic, partition }: PartitionCursor, groupId: string): OttlaError =>
  new OttlaError(
    'OFFSET_OUT_OF_RANGE',
    `group ${groupId} has committed nothing of ${topic} partition ${partition}: reset its offsets, or set offsetReset to earliest or latest`,
  );
