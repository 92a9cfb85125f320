import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { printJson, printTable } from './output.ts';

export const run = (options: ClusterVerb): Promise<void> =>
  withClient(options, async (client) => {
    const admin = client.admin();
    const topics = await admin.describeTopics(await admin.listTopics());
    const rows = topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.length,
      replicationFactor: partitions[0]?.replicas.length ?? 0,
    }));
    if (options.json === true) return await printJson(rows);
    await printTable({
      headings: ['TOPIC', 'PARTITIONS', 'REPLICATION', 'ID'],
      rows: rows.map((row) => [row.name, row.partitions, row.replicationFactor, row.topicId]),
    });
  });
