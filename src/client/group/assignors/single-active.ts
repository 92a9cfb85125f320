import type { TopicPartitionName } from '../consumer-protocol.ts';
import type { AssignmentQuestion, Assignor, AssignorMember } from './assignor.ts';
import { emptyAssignments, inOrder, partitionNumbers, wantedTopics } from './assignor.ts';
import { withoutHeld } from './without-held.ts';

/**
 * One member reads everything, the others wait to take its place. Who has it keeps it: another
 * comes only when that one goes, and begins when it has let go. A topic that the active member does
 * not want goes to the first that does.
 */
export const singleActive: Assignor = {
  name: 'single-active',
  protocol: 'cooperative',
  assign: (question) => {
    const assignments = emptyAssignments(question.members);
    const candidates = byClaim(question);
    for (const topic of wantedTopics(question)) {
      const active = candidates.find(({ topics }) => topics.includes(topic));
      if (active === undefined) continue;
      const count = question.partitionCounts.get(topic) ?? 0;
      const own = assignments.get(active.memberId);
      for (const partition of partitionNumbers(count)) own?.push({ topic, partition });
    }
    return withoutHeld(assignments, question.members);
  },
};

/** Who got its partitions in the newest generation first, then who has most, then by name. */
const byClaim = ({ members, partitionCounts }: AssignmentQuestion): AssignorMember[] => {
  const isThere = ({ topic, partition }: TopicPartitionName): boolean =>
    partition < (partitionCounts.get(topic) ?? 0);
  const claims = new Map(
    members.map((member) => {
      const count = member.owned.filter(isThere).length;
      return [member, { generation: count > 0 ? member.generation : -1, count }] as const;
    }),
  );
  const claimOf = (member: AssignorMember): { generation: number; count: number } =>
    claims.get(member) ?? { generation: -1, count: 0 };
  return inOrder(members).sort((a, b) => {
    const [first, second] = [claimOf(a), claimOf(b)];
    return second.generation - first.generation || second.count - first.count;
  });
};
