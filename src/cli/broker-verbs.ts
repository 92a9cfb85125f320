import type { Command } from 'commander';
import { bootstrapOption, jsonOption, wholeNumber } from './options.ts';

const VERBS = [
  ['cordon', 'give a broker no new replicas'],
  ['uncordon', 'let a broker take replicas and lead again, and stay'],
  ['drain', 'move the leaders off a broker, and give it no new replicas'],
] as const;

/** `broker list`, `cordon`, `uncordon`, `drain`, `decommission`, `unregister`. */
export const addBrokerVerbs = (program: Command): void => {
  const broker = program.command('broker').description('take brokers out of use, and back');
  broker
    .command('list')
    .description('show what brokers have, and what they are meant for')
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (options) => (await import('./broker-list.ts')).run(options));
  for (const [verb, description] of VERBS) {
    broker
      .command(verb)
      .argument('<broker>', 'number of the broker', wholeNumber(1))
      .description(description)
      .addOption(bootstrapOption())
      .addOption(jsonOption())
      .action(async (brokerId, options) =>
        (await import('./broker-change.ts')).run(verb, brokerId, options),
      );
  }
  broker
    .command('decommission')
    .argument('<broker>', 'number of the broker', wholeNumber(1))
    .description('move all replicas off a broker; with uncordon it stays after all')
    .option('--status', 'only show how far it is')
    .option('--wait', 'return when the broker has nothing left')
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (brokerId, options) =>
      (await import('./broker-decommission.ts')).run(brokerId, options),
    );
  broker
    .command('unregister')
    .argument('<broker>', 'number of the broker', wholeNumber(1))
    .description('forget a broker that is stopped for good and has no replicas')
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (brokerId, options) =>
      (await import('./broker-unregister.ts')).run(brokerId, options),
    );
};
