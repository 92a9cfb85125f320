import type { OttlaClient } from '../client/client.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { UsageError } from './failure.ts';
import { printJson, printTable } from './output.ts';

export interface TopicDeleteRecordsVerb extends ClusterVerb {
  readonly partition?: readonly number[];
  readonly before?: number;
  readonly all?: boolean;
}

export const run = async (topic: string, options: TopicDeleteRecordsVerb): Promise<void> => {
  const { before, all = false } = options;
  if ((before === undefined) === !all) {
    throw new UsageError('say which records go: give either --before <offset> or --all');
  }
  await withClient(options, async (client) => {
    const partitions = options.partition ?? (await partitionsOf(client, topic));
    const deletions = partitions.map((partition) => ({
      topic,
      partition,
      before: before ?? ('latest' as const),
    }));
    const deleted = await client.admin().deleteRecords(deletions);
    if (options.json === true) return await printJson(deleted);
    await printTable({
      headings: ['PARTITION', 'FIRST OFFSET'],
      rows: deleted.map(({ partition, lowWatermark }) => [partition, lowWatermark]),
    });
  });
};

const partitionsOf = async (client: OttlaClient, topic: string): Promise<number[]> => {
  const { partitions } = await client.admin().describeTopic(topic);
  return partitions.map(({ partition }) => partition);
};
