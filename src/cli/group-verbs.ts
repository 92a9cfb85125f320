import type { Command } from 'commander';
import {
  bootstrapOption,
  collected,
  collectedNumbers,
  jsonOption,
  moment,
  share,
  signedNumber,
  wholeNumber,
} from './options.ts';

/** `group list`, `describe`, and those that look at a group, change how it works, or delete it. */
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
  addLagVerb(group);
  addDoctorVerb(group);
  addDegradeVerb(group);
  addStandbyVerb(group);
  addOverflowVerb(group);
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

const addLagVerb = (group: Command): void => {
  group
    .command('lag <group>')
    .description('show how far a group is behind, in records and in time')
    .option('-t, --topic <name>', 'only of this topic; repeatable', collected)
    .option('--watch', 'again and again, until it is stopped')
    .option('--interval <seconds>', 'between two looks of --watch', wholeNumber(1, 86_400), 2)
    .addOption(bootstrapOption())
    .addOption(jsonOption('print one line of JSON a look in place of tables'))
    .action(async (name, options) => (await import('./group-lag.ts')).run(name, options));
};

const addDoctorVerb = (group: Command): void => {
  group
    .command('doctor <group>')
    .description('measure why a group is behind, and what would help by how much')
    .option('--window <seconds>', 'measure for so long', wholeNumber(1, 86_400), 30)
    .option('--drain-in <seconds>', 'when the backlog shall be gone', wholeNumber(1), 600)
    .option('--sample <count>', 'newest records to look for hot keys in', wholeNumber(1), 10_000)
    .option('--total-order', 'records are handled one by one, in the order of the log')
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (name, options) => (await import('./group-doctor.ts')).run(name, options));
};

const addDegradeVerb = (group: Command): void => {
  group
    .command('degrade <group>')
    .description('have all members of a group leave records out; without options show what is set')
    .option('--skip-older-than <seconds>', 'skip records that are older', wholeNumber(0))
    .option('--sample <share>', 'handle this share of the records, 0 to 1, skip the others', share)
    .option('--pause', 'handle nothing; keep partitions and sessions')
    .option('--off', 'leave out nothing any more')
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (name, options) => (await import('./group-degrade.ts')).run(name, options));
};

const addStandbyVerb = (group: Command): void => {
  group
    .command('standby <group>')
    .description('have members give their partitions to the others; without options show who does')
    .option('--label <name>', 'those with this label, and no others; repeatable', collected)
    .option('--off', 'all get their share again')
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (name, options) => (await import('./group-standby.ts')).run(name, options));
};

const addOverflowVerb = (group: Command): void => {
  group
    .command('overflow <group>')
    .description('when members of the overflow lane get partitions; without options show it')
    .option('--above-lag <count>', 'where the group is more records behind', wholeNumber(0))
    .option('--above-seconds <seconds>', 'where it is further behind in time', wholeNumber(0))
    .option('--below-lag <count>', 'until it is no more behind; default half', wholeNumber(0))
    .option('--below-seconds <seconds>', 'the same in time; default half', wholeNumber(0))
    .option('--for <seconds>', 'for so long either way; default 10', wholeNumber(0))
    .option('--off', 'never, while there are other members')
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (name, options) => (await import('./group-overflow.ts')).run(name, options));
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
