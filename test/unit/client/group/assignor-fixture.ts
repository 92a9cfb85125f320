import type {
  Assignments,
  AssignorMember,
} from '../../../../src/client/group/assignors/assignor.ts';
import type { TopicPartitionName } from '../../../../src/client/group/consumer-protocol.ts';

/** `t0 t1 u0` as partitions. */
export const places = (text: string): TopicPartitionName[] =>
  text
    .split(' ')
    .filter((each) => each !== '')
    .map((each) => ({
      topic: each.replace(/\d+$/, ''),
      partition: Number(/\d+$/.exec(each)?.[0]),
    }));

export const inText = (partitions: readonly TopicPartitionName[]): string =>
  partitions.map(({ topic, partition }) => `${topic}${partition}`).join(' ');

export const memberOf = (
  memberId: string,
  topics: readonly string[],
  more: { owned?: string; generation?: number; instanceId?: string } = {},
): AssignorMember => ({
  memberId,
  topics,
  instanceId: more.instanceId,
  owned: places(more.owned ?? ''),
  generation: more.generation ?? (more.owned === undefined ? -1 : 1),
});

export const counts = (sizes: Readonly<Record<string, number>>): ReadonlyMap<string, number> =>
  new Map(Object.entries(sizes));

/** By member id, partitions as text. */
export const sharesOf = (assignments: Assignments): Record<string, string> =>
  Object.fromEntries([...assignments].map(([id, partitions]) => [id, inText(partitions)]));
