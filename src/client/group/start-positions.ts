import { OttlaError } from '../../base/errors.ts';
import type { Offset } from '../../base/ids.ts';
import { listOffsets } from '../cluster/list-offsets.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';
import type { PartitionCursor } from '../reader/partition-cursor.ts';
import type { ReadPosition } from '../reader/reader-options.ts';
import type { GroupOffsets } from './group-offsets.ts';
import { nameOf } from './partition-sets.ts';

export interface StartDeps {
  readonly context: ClientContext;
  readonly offsets: GroupOffsets;
  readonly groupId: string;
  readonly offsetReset: 'earliest' | 'latest' | 'none';
}

/** Where a partition begins; `isPinned`: to be committed at once. */
export interface StartPosition {
  readonly from: ReadPosition;
  readonly isPinned: boolean;
}

/**
 * Where the group goes on in partitions that were just assigned: at what it has committed; in one
 * that was added to a topic the group was reading, at its start, for nobody can have had its
 * records; else where `offsetReset` says. `latest` is looked up once and committed: whoever gets
 * the partition next must not skip what came meanwhile.
 *
 * Throws OFFSET_OUT_OF_RANGE where nothing was committed and `offsetReset` is `none`.
 */
export const findStarts = async (
  { context, offsets, groupId, offsetReset }: StartDeps,
  cursors: readonly PartitionCursor[],
  options: TimedCallOptions = {},
): Promise<ReadonlyMap<PartitionCursor, StartPosition>> => {
  const committed = await offsets.fetch(options);
  const topicsRead = new Set(
    [...committed.keys()].map((name) => name.slice(0, name.lastIndexOf('/'))),
  );
  const starts = new Map<PartitionCursor, StartPosition>();
  const atEnd: PartitionCursor[] = [];
  for (const cursor of cursors) {
    const offset = committed.get(nameOf(cursor));
    if (offset !== undefined) starts.set(cursor, { from: { offset }, isPinned: false });
    else if (offsetReset === 'none') throw nothingCommitted(cursor, groupId);
    else if (offsetReset === 'earliest' || topicsRead.has(cursor.topic)) {
      starts.set(cursor, { from: 'earliest', isPinned: false });
    } else atEnd.push(cursor);
  }
  for (const [cursor, offset] of await endsOf(context, atEnd, options)) {
    starts.set(cursor, { from: { offset }, isPinned: true });
  }
  return starts;
};

const endsOf = async (
  context: ClientContext,
  cursors: readonly PartitionCursor[],
  options: TimedCallOptions,
): Promise<Array<[PartitionCursor, Offset]>> => {
  const questions = cursors.map(({ topic, partition }) => ({
    topic,
    partition,
    at: 'latest' as const,
  }));
  const answers = await listOffsets(context, questions, options);
  return cursors.map((cursor, at) => [cursor, answers[at]?.offset ?? 0]);
};

const nothingCommitted = ({ topic, partition }: PartitionCursor, groupId: string): OttlaError =>
  new OttlaError(
    'OFFSET_OUT_OF_RANGE',
    `group ${groupId} has committed nothing of ${topic} partition ${partition}: reset its offsets, or set offsetReset to earliest or latest`,
  );
