import { lagOf } from '../../base/lag.ts';
import { askBacklogs } from '../cluster/backlog.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';
import { nameOf } from '../group/partition-sets.ts';
import { asOttlaError, Deadline } from '../timing.ts';
import type {
  GroupLag,
  GroupMemberDescription,
  GroupOffset,
  GroupTopicPartition,
} from './group-types.ts';

export interface LaggingGroup {
  readonly members: readonly GroupMemberDescription[];
  readonly committed: readonly GroupOffset[];
}

/** By topic and partition. Errors: those of `askLeaders`. */
export const lagOfGroup = async (
  context: ClientContext,
  { members, committed }: LaggingGroup,
  options: TimedCallOptions,
): Promise<GroupLag[]> => {
  const nextOffsets = new Map(committed.map((each) => [nameOf(each), each.nextOffset]));
  const holders = new Map(
    members.flatMap(({ memberId, partitions }) =>
      partitions.map((at) => [nameOf(at), { memberId, at }] as const),
    ),
  );
  const places = new Map<string, GroupTopicPartition>([
    ...committed.map(({ topic, partition }) => {
      const at = { topic, partition };
      return [nameOf(at), at] as const;
    }),
    ...[...holders].map(([name, { at }]) => [name, at] as const),
  ]);
  const existing = await thoseThere(context, [...places.values()], options);
  const questions = existing
    .sort(byPlace)
    .map((at) => ({ ...at, nextOffset: nextOffsets.get(nameOf(at)) }));
  const backlogs = await askBacklogs(context, questions, options);
  return questions.flatMap((asked, index): GroupLag[] => {
    const backlog = backlogs[index];
    if (backlog === undefined) return [];
    const { nextOffset } = asked;
    const memberId = holders.get(nameOf(asked))?.memberId;
    return [{ ...asked, endOffset: backlog.endOffset, ...lagOf(nextOffset, backlog), memberId }];
  });
};

/** Those whose topic is there, and as large. */
const thoseThere = async (
  { clock, metadata, requestTimeoutMs }: ClientContext,
  partitions: readonly GroupTopicPartition[],
  options: TimedCallOptions,
): Promise<GroupTopicPartition[]> => {
  const deadline = new Deadline(clock, options.timeoutMs ?? requestTimeoutMs);
  const sizeOf = async (topic: string): Promise<readonly [string, number]> => {
    try {
      const lookup = { deadline, signal: options.signal, anew: true };
      return [topic, (await metadata.topic(topic, lookup)).partitions.length];
    } catch (error) {
      const failure = asOttlaError(error);
      if (failure.code === 'UNKNOWN_TOPIC_OR_PARTITION') return [topic, 0];
      throw failure;
    }
  };
  const topics = new Set(partitions.map(({ topic }) => topic));
  const sizes = new Map(await Promise.all([...topics].map(sizeOf)));
  return partitions.filter(({ topic, partition }) => partition < (sizes.get(topic) ?? 0));
};

/** Of several partitions together. */
export interface GroupLagTotal {
  readonly lagCount: number;
  /** The largest that is known; undefined where none is. */
  readonly maxLagMs: number | undefined;
}

/** Adds up what `groups.lag` told: of the whole group, or of the partitions that are given. */
export const totalLag = (lags: readonly Pick<GroupLag, 'lagCount' | 'lagMs'>[]): GroupLagTotal => {
  let lagCount = 0;
  let maxLagMs: number | undefined;
  for (const lag of lags) {
    lagCount += lag.lagCount;
    if (lag.lagMs !== undefined) maxLagMs = Math.max(maxLagMs ?? 0, lag.lagMs);
  }
  return { lagCount, maxLagMs };
};

const byPlace = (a: GroupTopicPartition, b: GroupTopicPartition): number =>
  a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1;
