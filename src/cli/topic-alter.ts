import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { UsageError } from './failure.ts';
import { printLine } from './output.ts';

export interface TopicAlterVerb extends ClusterVerb {
  readonly partitions?: number;
  readonly config?: ReadonlyMap<string, string>;
  readonly deleteConfig?: readonly string[];
}

export const run = async (name: string, options: TopicAlterVerb): Promise<void> => {
  const { partitions, config = new Map<string, string>(), deleteConfig = [] } = options;
  if (partitions === undefined && config.size === 0 && deleteConfig.length === 0) {
    throw new UsageError('nothing to change: give --partitions, --config or --delete-config');
  }
  await withClient(options, async (client) => {
    const alterations = [
      ...[...config].map(([key, value]) => ({ type: 'topic' as const, name, key, value })),
      ...deleteConfig.map((key) => ({ type: 'topic' as const, name, key, value: null })),
    ];
    if (alterations.length > 0) await client.admin().alterConfigs(alterations);
    if (partitions !== undefined) {
      await client.admin().createPartitions([{ name, totalPartitions: partitions }]);
    }
    await printLine(`altered topic ${name}`);
  });
};
