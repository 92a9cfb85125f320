import type { Command } from 'commander';
import { bootstrapOption, jsonOption, moment, wholeNumber } from './options.ts';

/** `dlq list`, `show`, `redrive`. */
export const addDlqVerbs = (program: Command): void => {
  const dlq = program.command('dlq').description('show dead letters, and send them back');
  filtered(dlq.command('list <topic>').description('list the dead letters in a topic'))
    .option('--all', 'those that were sent back before as well')
    .addOption(bootstrapOption())
    .addOption(jsonOption('print each as a line of JSON'))
    .action(async (topic, options) => (await import('./dlq-list.ts')).run(topic, options));
  dlq
    .command('show <topic>')
    .description('show one dead letter whole')
    .requiredOption('--at <partition/offset>', 'where the dead letter is, as list prints it')
    .addOption(bootstrapOption())
    .addOption(jsonOption('print it as JSON'))
    .action(async (topic, options) => (await import('./dlq-show.ts')).run(topic, options));
  filtered(
    dlq
      .command('redrive <topic>')
      .description('send records back to where they were; what was sent back before stays'),
  )
    .option('--to <topic>', 'to this topic instead')
    .option('--rate <count>', 'records a second, at most', wholeNumber(1))
    .option('-n, --max-messages <count>', 'stop after so many', wholeNumber(1))
    .option('--dry-run', 'only count them')
    .addOption(bootstrapOption())
    .addOption(jsonOption('print the outcome as JSON'))
    .action(async (topic, options) => (await import('./dlq-redrive.ts')).run(topic, options));
};

const filtered = (command: Command): Command =>
  command
    .option('-g, --group <name>', 'given up by this group')
    .option('--from <topic>', 'records of this topic')
    .option('--partition <number>', 'of this partition of it', wholeNumber(0))
    .option('--key <text>', 'with this key')
    .option('--error <text>', 'with this in the name or message of the error')
    .option('--since <moment>', 'given up from then on: ISO 8601, or ms', moment)
    .option('--until <moment>', 'given up before: ISO 8601, or ms', moment);
