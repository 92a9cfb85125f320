import { OttlaError } from '../base/errors.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { printJson, printLine } from './output.ts';

export interface TopicCreateVerb extends ClusterVerb {
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly config?: ReadonlyMap<string, string>;
  readonly ifNotExists?: boolean;
}

export const run = (name: string, options: TopicCreateVerb): Promise<void> =>
  withClient(options, async (client) => {
    const { partitions, replicationFactor, config = new Map() } = options;
    try {
      const created = await client.admin().createTopic({
        name,
        ...(partitions === undefined ? {} : { partitions }),
        ...(replicationFactor === undefined ? {} : { replicationFactor }),
        configs: Object.fromEntries(config),
      });
      if (options.json === true) return await printJson({ ...created, isNew: true });
      await printLine(
        `created topic ${name}: ${created.partitions} partition(s), ` +
          `replication factor ${created.replicationFactor}`,
      );
    } catch (error) {
      if (!isThere(error) || options.ifNotExists !== true) throw error;
      if (options.json === true) return await printJson({ name, isNew: false });
      await printLine(`topic ${name} exists already`);
    }
  });

const isThere = (error: unknown): boolean =>
  error instanceof OttlaError && error.code === 'TOPIC_ALREADY_EXISTS';
