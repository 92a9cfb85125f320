import { isoTime } from '../platform/system-clock.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { printJson, printTable } from './output.ts';
import { jsonOfBytes } from './record-text.ts';
import type { Cell } from './table.ts';

export interface DelayedListVerb extends ClusterVerb {
  readonly partition?: number;
  readonly key?: string;
  readonly since?: number;
  readonly until?: number;
  readonly maxMessages: number;
}

export const run = async (topic: string, options: DelayedListVerb): Promise<void> => {
  const { partition, key, since, until, maxMessages } = options;
  const filter = {
    ...(partition === undefined ? {} : { partition }),
    ...(key === undefined ? {} : { key }),
    ...(since === undefined ? {} : { dueFromMs: since }),
    ...(until === undefined ? {} : { dueBeforeMs: until }),
  };
  await withClient(options, async (client) => {
    const rows: Cell[][] = [];
    let count = 0;
    for await (const record of client.admin().delayed.list(topic, filter)) {
      const { offset, dueMs, timestampMs } = record;
      const keyText = jsonOfBytes(record.key);
      if (options.json === true) await printJson({ ...record, key: keyText });
      else {
        const place = `${record.partition}/${offset}`;
        rows.push([place, isoTime(dueMs), isoTime(timestampMs), JSON.stringify(keyText)]);
      }
      count += 1;
      if (count >= maxMessages) break;
    }
    if (options.json === true) return;
    await printTable({ headings: ['AT', 'DUE', 'TIMESTAMP', 'KEY'], rows });
  });
};
