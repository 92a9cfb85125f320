import { OttlaError } from '../../base/errors.ts';
import type { Offset } from '../../base/ids.ts';
import type { OffsetAnswer, OffsetQuery } from '../cluster/list-offsets.ts';
import { listOffsets } from '../cluster/list-offsets.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';
import { nameOf } from '../group/partition-sets.ts';
import { Deadline } from '../timing.ts';
import type { GroupOffset, GroupTopicPartition, OffsetMove, OffsetReset } from './group-types.ts';

export interface MovePlan {
  readonly groupId: string;
  readonly committed: readonly GroupOffset[];
  readonly reset: OffsetReset;
  readonly options: TimedCallOptions;
}

/** What a reset would change, by topic and partition. Throws for what cannot be. */
export const planMoves = async (context: ClientContext, plan: MovePlan): Promise<OffsetMove[]> => {
  const { committed, reset, options } = plan;
  const partitions = await partitionsOf(context, plan);
  const { to } = reset;
  if (typeof to === 'object' && 'timestampMs' in to && !isWhole(to.timestampMs)) {
    throw new OttlaError('CONFIG', `timestampMs=${to.timestampMs} is no moment since 1970`);
  }
  const known = new Map(committed.map((each) => [nameOf(each), each.nextOffset]));
  const ask = (at: OffsetQuery): Promise<OffsetAnswer[]> =>
    listOffsets(
      context,
      partitions.map((place) => ({ ...place, at })),
      options,
    );
  const starts = await ask('earliest');
  const ends = await ask('latest');
  const byTime = typeof to === 'object' && 'timestampMs' in to ? await ask(to) : [];
  return partitions.map((at, index): OffsetMove => {
    const start = starts[index]?.offset ?? 0;
    const end = ends[index]?.offset ?? 0;
    const from = known.get(nameOf(at));
    const found = byTime[index]?.offset;
    return { ...at, from, to: targetOf({ at, to, from, start, end, found }) };
  });
};

const partitionsOf = async (
  context: ClientContext,
  { groupId, committed, reset, options }: MovePlan,
): Promise<GroupTopicPartition[]> => {
  if (reset.partitions !== undefined && reset.topics !== undefined) {
    throw new OttlaError('CONFIG', 'a reset takes either topics or partitions');
  }
  if (reset.partitions !== undefined) return [...reset.partitions];
  const topics = reset.topics ?? [...new Set(committed.map(({ topic }) => topic))];
  if (topics.length === 0) {
    const message = `group ${groupId} has committed nothing: name the topics to reset`;
    throw new OttlaError('CONFIG', message);
  }
  const { metadata, clock, requestTimeoutMs } = context;
  const deadline = new Deadline(clock, options.timeoutMs ?? requestTimeoutMs);
  const lookup = { deadline, signal: options.signal, anew: true };
  const views = await Promise.all([...topics].sort().map((topic) => metadata.topic(topic, lookup)));
  return views.flatMap(({ name, partitions }) =>
    partitions.map(({ partition }) => ({ topic: name, partition })),
  );
};

const targetOf = (of: {
  readonly at: GroupTopicPartition;
  readonly to: OffsetReset['to'];
  readonly from: Offset | undefined;
  readonly start: Offset;
  readonly end: Offset;
  readonly found: Offset | undefined;
}): Offset => {
  const { at, to, from, start, end, found } = of;
  if (to === 'earliest') return start;
  if (to === 'latest') return end;
  if ('timestampMs' in to) return found ?? end;
  if ('shift' in to) {
    if (!Number.isSafeInteger(to.shift)) throw notWhole('shift', to.shift);
    return Math.min(end, Math.max(start, (from ?? start) + to.shift));
  }
  if (!isWhole(to.offset)) throw notWhole('offset', to.offset);
  if (to.offset >= start && to.offset <= end) return to.offset;
  throw new OttlaError(
    'OFFSET_OUT_OF_RANGE',
    `${at.topic} partition ${at.partition} has offsets ${start} up to ${end}, not ${to.offset}`,
  );
};

const isWhole = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

const notWhole = (name: string, value: number): OttlaError =>
  new OttlaError('CONFIG', `${name}=${value} is no whole number`);
