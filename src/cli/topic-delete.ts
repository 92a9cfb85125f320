import { OttlaError } from '../base/errors.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { printLine } from './output.ts';

export interface TopicDeleteVerb extends ClusterVerb {
  readonly ifExists?: boolean;
}

export const run = (names: readonly string[], options: TopicDeleteVerb): Promise<void> =>
  withClient(options, async (client) => {
    for (const name of names) {
      try {
        await client.admin().deleteTopic(name);
        await printLine(`deleted topic ${name}`);
      } catch (error) {
        if (!isMissing(error) || options.ifExists !== true) throw error;
        await printLine(`topic ${name} does not exist`);
      }
    }
  });

const isMissing = (error: unknown): boolean =>
  error instanceof OttlaError && error.code === 'UNKNOWN_TOPIC_OR_PARTITION';
