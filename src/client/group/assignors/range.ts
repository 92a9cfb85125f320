import type { Assignor } from './assignor.ts';
import { emptyAssignments, inOrder, wantedTopics } from './assignor.ts';

/**
 * Topic by topic, a run of neighbours for each member; the first ones get one more where it does
 * not come out even. Topics of one size are split alike, so that what has one key is in one place.
 */
export const range: Assignor = {
  name: 'range',
  protocol: 'eager',
  assign: (question) => {
    const assignments = emptyAssignments(question.members);
    const members = inOrder(question.members);
    for (const topic of wantedTopics(question)) {
      const takers = members.filter(({ topics }) => topics.includes(topic));
      const count = question.partitionCounts.get(topic) ?? 0;
      const shareCount = Math.floor(count / takers.length);
      const withOneMore = count % takers.length;
      let next = 0;
      takers.forEach(({ memberId }, at) => {
        const end = next + shareCount + (at < withOneMore ? 1 : 0);
        for (; next < end; next += 1) assignments.get(memberId)?.push({ topic, partition: next });
      });
    }
    return assignments;
  },
};
