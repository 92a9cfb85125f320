import { withClient } from './client.ts';
import type { DlqFilterVerb } from './dlq-filter.ts';
import { filterOf } from './dlq-filter.ts';
import { printJson, printLine } from './output.ts';

export interface DlqRedriveVerb extends DlqFilterVerb {
  readonly to?: string;
  readonly rate?: number;
  readonly maxMessages?: number;
  readonly dryRun?: boolean;
}

export const run = async (topic: string, options: DlqRedriveVerb): Promise<void> => {
  const { to, rate, maxMessages, dryRun = false } = options;
  await withClient(options, async (client) => {
    const result = await client.admin().deadLetters.redrive(topic, {
      filter: filterOf(options),
      dryRun,
      ...(to === undefined ? {} : { to }),
      ...(rate === undefined ? {} : { perSecond: rate }),
      ...(maxMessages === undefined ? {} : { maxRecords: maxMessages }),
    });
    if (options.json === true) return await printJson({ ...result, dryRun });
    const sent = dryRun ? 'would send back' : 'sent back';
    await printLine(`${sent} ${result.redrivenCount} record(s) of ${topic}`);
  });
};
