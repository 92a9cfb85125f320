import type { Command } from 'commander';
import {
  bootstrapOption,
  collected,
  collectedNumbers,
  jsonOption,
  moment,
  signedNumber,
  wholeNumber,
} from './options.ts';

/** `group list`, `describe`, `seek`, `delete`, `delete-offsets`. */
export const addGroupVerbs = (program: Command): void => {
  const group = program.command('group').description('show, move and delete consumer groups');
  group
    .command('list')
    .description('list the groups')
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (options) => (await import('./group-list.ts')).run(options));
  group
    .command('describe <group>')
    .description('show the members of a group, and how far behind it is')
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (name, options) => (await import('./group-describe.ts')).run(name, options));
  addSeekVerb(group);
  group
    .command('delete <groups...>')
    .description('delete groups without members, with all they have committed')
    .option('--if-exists', 'succeed when a group does not exist')
    .addOption(bootstrapOption())
    .action(async (names, options) => (await import('./group-delete.ts')).run(names, options));
  group
    .command('delete-offsets <group>')
    .description('forget what a group has committed of topics that no member reads')
    .requiredOption('-t, --topic <name>', 'of this topic; repeatable', collected)
    .addOption(bootstrapOption())
    .action(async (name, options) =>
      (await import('./group-delete-offsets.ts')).run(name, options),
    );
};

const addSeekVerb = (group: Command): void => {
  group
    .command('seek <group>')
    .alias('reset-offsets')
    .description('have a group without members go on elsewhere')
    .option('-t, --topic <name>', 'by default all it has committed of; repeatable', collected)
    .option(
      '--partition <number>',
      'only this partition of the topic; repeatable',
      collectedNumbers,
    )
    .option('--to-earliest', 'at the first record there is')
    .option('--to-latest', 'with what comes next')
    .option('--to-offset <offset>', 'at this offset', wholeNumber(0))
    .option('--to-time <moment>', 'at the first record from then on: ISO 8601, or ms', moment)
    .option('--by <count>', 'so many records on, or back where negative', signedNumber)
    .option('--dry-run', 'only show what would change')
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (name, options) => (await import('./group-seek.ts')).run(name, options));
};
