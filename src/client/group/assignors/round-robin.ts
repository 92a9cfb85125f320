import type { Assignor } from './assignor.ts';
import { emptyAssignments, inOrder, partitionNumbers, wantedTopics } from './assignor.ts';

/**
 * All partitions of all topics, dealt out one by one in the round of the members; who does not
 * want a topic is passed over.
 */
export const roundRobin: Assignor = {
  name: 'roundrobin',
  protocol: 'eager',
  assign: (question) => {
    const assignments = emptyAssignments(question.members);
    const members = inOrder(question.members);
    let turn = 0;
    for (const topic of wantedTopics(question)) {
      for (const partition of partitionNumbers(question.partitionCounts.get(topic) ?? 0)) {
        // Somebody wants it: the round ends.
        while (members[turn]?.topics.includes(topic) !== true) turn = (turn + 1) % members.length;
        assignments.get(members[turn]?.memberId ?? '')?.push({ topic, partition });
        turn = (turn + 1) % members.length;
      }
    }
    return assignments;
  },
};
