import type { PartitionId } from '../../../base/ids.ts';
import type { TopicPartitionName } from '../consumer-protocol.ts';

/** A member as an assignor sees it. */
export interface AssignorMember {
  readonly memberId: string;
  /** Of a static member; outlives its process, and so do its partitions. */
  readonly instanceId: string | undefined;
  readonly topics: readonly string[];
  /** What it still holds, by its own word. */
  readonly owned: readonly TopicPartitionName[];
  /** In which generation it got them; NONE: not told. */
  readonly generation: number;
}

export interface AssignmentQuestion {
  readonly members: readonly AssignorMember[];
  /** By topic; one that does not exist is left out, or has 0. */
  readonly partitionCounts: ReadonlyMap<string, number>;
}

/** By member id; whoever is left out gets nothing. */
export type Assignments = ReadonlyMap<string, readonly TopicPartitionName[]>;

/**
 * Decides, in the group's leader, who reads what. All members of a group need one in common, known
 * by its name. Synchronous, and the same for the same question.
 */
export interface Assignor {
  /** As other clients know it: `range`, `roundrobin`, `cooperative-sticky`. */
  readonly name: string;
  /**
   * `eager`: members give up all they hold before each rebalance. `cooperative`: they keep what
   * stays theirs, and the assignor gives nobody what another member still holds.
   */
  readonly protocol: 'eager' | 'cooperative';
  assign(question: AssignmentQuestion): Assignments;
}

/** Static members first, by instance id, so that a restart does not change the order. */
export const inOrder = (members: readonly AssignorMember[]): AssignorMember[] =>
  [...members].sort((a, b) => {
    if (a.instanceId !== undefined && b.instanceId !== undefined) {
      return compare(a.instanceId, b.instanceId);
    }
    if (a.instanceId !== undefined) return -1;
    if (b.instanceId !== undefined) return 1;
    return compare(a.memberId, b.memberId);
  });

/** By code units, as every client sorts them. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Topics that somebody wants and that exist, in ascending order. */
export const wantedTopics = ({ members, partitionCounts }: AssignmentQuestion): string[] =>
  [...new Set(members.flatMap(({ topics }) => topics))]
    .filter((topic) => (partitionCounts.get(topic) ?? 0) > 0)
    .sort(compare);

export const partitionNumbers = (count: number): PartitionId[] =>
  Array.from({ length: count }, (_, partition) => partition);

/** What the others are added to; with every member, so that none is forgotten. */
export const emptyAssignments = (
  members: readonly AssignorMember[],
): Map<string, TopicPartitionName[]> => new Map(members.map(({ memberId }) => [memberId, []]));
