import type { Command } from 'commander';
import { bootstrapOption, jsonOption, moment, wholeNumber } from './options.ts';

const LIST_MAX = 1000;

/** `delayed list`, `get`, `cancel`, `reschedule`. */
export const addDelayedVerbs = (program: Command): void => {
  const delayed = program.command('delayed').description('show and change records that wait');
  delayed
    .command('list <topic>')
    .description('list what waits in a topic, by when it is due')
    .option('-p, --partition <number>', 'by default every one', wholeNumber(0))
    .option('--key <text>', 'with this key')
    .option('--since <moment>', 'due from then on: ISO 8601, or ms', moment)
    .option('--until <moment>', 'due before: ISO 8601, or ms', moment)
    .option('-n, --max-messages <count>', 'stop after so many', wholeNumber(1), LIST_MAX)
    .addOption(bootstrapOption())
    .addOption(jsonOption('print each as a line of JSON'))
    .action(async (topic, options) => (await import('./delayed-list.ts')).run(topic, options));
  at(delayed.command('get <topic>').description('show one record that waits'))
    .addOption(bootstrapOption())
    .addOption(jsonOption('print it as JSON'))
    .action(async (topic, options) => (await import('./delayed-get.ts')).run(topic, options));
  at(delayed.command('cancel <topic>').description('have a record that waits never delivered'))
    .addOption(bootstrapOption())
    .action(async (topic, options) => (await import('./delayed-change.ts')).cancel(topic, options));
  at(delayed.command('reschedule <topic>').description('have it delivered at another moment'))
    .option('--deliver-at <moment>', 'then, or at once where it is past: ISO 8601, or ms', moment)
    .option('--delay-ms <ms>', 'so long from now', wholeNumber(0))
    .addOption(bootstrapOption())
    .action(async (topic, options) =>
      (await import('./delayed-change.ts')).reschedule(topic, options),
    );
};

const at = (command: Command): Command =>
  command.requiredOption('--at <partition/offset>', 'which one, as list prints it');
