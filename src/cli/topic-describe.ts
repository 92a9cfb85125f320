import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { describeFence } from './fence-text.ts';
import { describeWait } from './leader-wait.ts';
import { printJson, printLine, printTable } from './output.ts';

export const run = (name: string, options: ClusterVerb): Promise<void> =>
  withClient(options, async (client) => {
    const admin = client.admin();
    const topic = await admin.describeTopic(name);
    const configs = await admin.describeConfigs({ type: 'topic', name });
    if (options.json === true) {
      return await printJson({
        name,
        topicId: topic.topicId,
        partitions: topic.partitions,
        fence: topic.fence ?? null,
        configs: Object.fromEntries(configs.map(({ key, value }) => [key, value])),
      });
    }
    await printLine(`topic ${name}, id ${topic.topicId}`);
    if (topic.fence !== undefined) await printLine(describeFence(topic.fence));
    await printTable({
      headings: ['PARTITION', 'LEADER', 'EPOCH', 'REPLICAS', 'ISR', 'ELR', 'OFFLINE'],
      rows: topic.partitions.map((it) => [
        it.partition,
        it.leader === -1 ? 'none' : it.leader,
        it.leaderEpoch,
        it.replicas.join(','),
        it.isr.join(',') || '-',
        it.eligibleLeaderReplicas.join(',') || '-',
        it.offline.join(',') || '-',
      ]),
    });
    for (const partition of topic.partitions) {
      if (partition.leader === -1) await printLine(describeWait(name, partition));
    }
    const rows = configs.map(({ key, value, source }) => [key, value, source]);
    await printLine('');
    await printTable({ headings: ['CONFIG', 'VALUE', 'SOURCE'], rows });
  });
