import { OttlaError } from '../base/errors.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { printLine } from './output.ts';

export interface GroupDeleteOffsetsVerb extends ClusterVerb {
  readonly topic: readonly string[];
}

export const run = (groupId: string, options: GroupDeleteOffsetsVerb): Promise<void> =>
  withClient(options, async (client) => {
    const { groups } = client.admin();
    const committed = await groups.offsets(groupId);
    const meant = committed.filter(({ topic }) => options.topic.includes(topic));
    if (meant.length === 0) {
      const topics = options.topic.join(', ');
      throw new OttlaError('CONFIG', `group ${groupId} has committed nothing of ${topics}`);
    }
    await groups.deleteOffsets(
      groupId,
      meant.map(({ topic, partition }) => ({ topic, partition })),
    );
    await printLine(`deleted ${meant.length} offset(s) of group ${groupId}`);
  });
