import { isoTime } from '../platform/system-clock.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { jsonOfLetter } from './dlq-filter.ts';
import { printJson, printLine, printTable } from './output.ts';
import { placeOf } from './place.ts';
import { jsonOfBytes } from './record-text.ts';

export interface DlqShowVerb extends ClusterVerb {
  readonly at: string;
}

export const run = async (topic: string, options: DlqShowVerb): Promise<void> => {
  const at = placeOf(options.at);
  await withClient(options, async (client) => {
    const letter = await client.admin().deadLetters.show(topic, at);
    if (options.json === true) return await printJson(jsonOfLetter(letter));
    await printTable({
      headings: ['WHAT', 'VALUE'],
      rows: [
        ['from', `${letter.topic} partition ${letter.partition} offset ${letter.offset}`],
        ['timestamp', isoTime(letter.timestampMs)],
        ['group', letter.groupId],
        ['attempts', String(letter.attempts)],
        ['first failure', isoTime(letter.firstFailureMs)],
        ['last failure', isoTime(letter.lastFailureMs)],
        ['sent back', letter.isRedriven ? 'yes' : 'no'],
        ['key', JSON.stringify(jsonOfBytes(letter.key))],
        ...letter.headers.map(({ key, value }): [string, string] => [
          `header ${key}`,
          JSON.stringify(jsonOfBytes(value)),
        ]),
        ['value', JSON.stringify(jsonOfBytes(letter.value))],
        ['error', JSON.stringify(`${letter.errorName}: ${letter.errorMessage}`)],
      ],
    });
    if (letter.errorStack !== '') await printLine(letter.errorStack);
  });
};
