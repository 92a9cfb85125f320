import { isoTime } from '../platform/system-clock.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { printJson, printTable } from './output.ts';
import { placeOf } from './place.ts';
import { jsonOfBytes } from './record-text.ts';

export interface DelayedVerb extends ClusterVerb {
  readonly at: string;
}

export const run = async (topic: string, options: DelayedVerb): Promise<void> => {
  const id = { topic, ...placeOf(options.at) };
  await withClient(options, async (client) => {
    const record = await client.admin().delayed.get(id);
    const [key, value] = [jsonOfBytes(record.key), jsonOfBytes(record.value)];
    const headers = record.headers.map((it) => ({ key: it.key, value: jsonOfBytes(it.value) }));
    if (options.json === true) return await printJson({ ...record, key, value, headers });
    await printTable({
      headings: ['WHAT', 'VALUE'],
      rows: [
        ['due', isoTime(record.dueMs)],
        ['timestamp', isoTime(record.timestampMs)],
        ['key', JSON.stringify(key)],
        ...headers.map((it): [string, string] => [`header ${it.key}`, JSON.stringify(it.value)]),
        ['value', JSON.stringify(value)],
      ],
    });
  });
};
