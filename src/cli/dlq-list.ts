import { isoTime } from '../platform/system-clock.ts';
import { withClient } from './client.ts';
import type { DlqFilterVerb } from './dlq-filter.ts';
import { filterOf, jsonOfLetter } from './dlq-filter.ts';
import { printJson, printTable } from './output.ts';
import type { Cell } from './table.ts';

export interface DlqListVerb extends DlqFilterVerb {
  readonly all?: boolean;
}

export const run = async (topic: string, options: DlqListVerb): Promise<void> => {
  const filter = {
    ...filterOf(options),
    ...(options.all === true ? {} : { isRedriven: false }),
  };
  await withClient(options, async (client) => {
    const rows: Cell[][] = [];
    for await (const letter of client.admin().deadLetters.list(topic, filter)) {
      if (options.json === true) await printJson(jsonOfLetter(letter));
      else {
        rows.push([
          `${letter.letter.partition}/${letter.letter.offset}`,
          `${letter.topic}/${letter.partition}/${letter.offset}`,
          letter.groupId,
          letter.attempts,
          isoTime(letter.lastFailureMs),
          letter.isRedriven ? 'yes' : 'no',
          oneLine(`${letter.errorName}: ${letter.errorMessage}`),
        ]);
      }
    }
    if (options.json === true) return;
    const headings = ['AT', 'FROM', 'GROUP', 'ATTEMPTS', 'GIVEN UP', 'SENT BACK', 'ERROR'];
    await printTable({ headings, rows });
  });
};

const oneLine = (text: string): string => text.replace(/\s*[\r\n]+\s*/g, '; ');
