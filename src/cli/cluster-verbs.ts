import type { Command } from 'commander';
import { bootstrapOption, jsonOption, wholeNumber } from './options.ts';

/** `cluster balance`, `status`, `upgrade`, `add-controller`, `remove-controller`. */
export const addClusterVerbs = (program: Command): void => {
  const cluster = program.command('cluster').description('look at the cluster as a whole');
  cluster
    .command('balance')
    .description('make brokers even by replicas, bytes, leaders and racks')
    .option('--plan', 'show what would move, how many bytes, and how long it takes')
    .option('--apply', 'have the controller move it')
    .option('--status', 'show what moves, replicas that are rebuilt included')
    .option('--cancel', 'end it, and take back what moves')
    .option('--wait', 'return when brokers are even')
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (options) => (await import('./cluster-balance.ts')).run(options));
  cluster
    .command('status')
    .description('show brokers, controllers and the state of the partitions')
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (options) => (await import('./cluster-status.ts')).run(options));
  cluster
    .command('upgrade')
    .description('raise metadata.version once every node runs a release that knows it')
    .option('--status', 'show where the cluster is, what each node knows, and what can be')
    .option('--to <version>', 'raise to this one; it never sinks again', wholeNumber(1))
    .option('--dry-run', 'check all, and change nothing')
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (options) => (await import('./cluster-upgrade.ts')).run(options));
  addControllerVerb(cluster, 'add')
    .description('make a controller that follows the metadata log a voter')
    .action(async (nodeId, options) =>
      (await import('./cluster-controllers.ts')).run('add', nodeId, options),
    );
  addControllerVerb(cluster, 'remove')
    .description('take a controller out of the voters')
    .option('--directory-id <id>', 'only the voter with this directory, as status shows it')
    .action(async (nodeId, options) =>
      (await import('./cluster-controllers.ts')).run('remove', nodeId, options),
    );
};

const addControllerVerb = (cluster: Command, verb: 'add' | 'remove'): Command =>
  cluster
    .command(`${verb}-controller`)
    .argument('<node>', 'number of the controller', wholeNumber(1))
    .addOption(bootstrapOption())
    .addOption(jsonOption());
