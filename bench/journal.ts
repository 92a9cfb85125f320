/**
 * What the journal is for: all partitions written at once, a batch of 1 KiB each, under `fsync`, on
 * two nodes of ours in turn, one with the journal and one without. Says the median of each and its
 * ratio to that of one partition on the same node.
 *
 * --pairs N  of runs (3); --rounds N  of each run (200); --most N  partitions (1000)
 */
import { parseArgs } from 'node:util';
import { COST_ROWS } from './cost-matrix.ts';
import type { Row } from './matrix.ts';
import { installKafka } from './peers/kafka/install.ts';
import { benchOf, measureRow } from './rows.ts';
import { median } from './statistics.ts';
import { withOttla } from './systems/ottla.ts';

const options = {
  pairs: { type: 'string', default: '3' },
  rounds: { type: 'string', default: '200' },
  most: { type: 'string', default: '1000' },
} as const;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const chosen = (): Row[] => {
  const { pairs, rounds, most } = parseArgs({ options }).values;
  return COST_ROWS.filter(
    ({ kind, load }) => kind === 'rounds' && load.partitions <= Number(most),
  ).map((row) => ({ ...row, pairs: Number(pairs), recordCount: Number(rounds) }));
};

const main = async (): Promise<number> => {
  const jars = await installKafka();
  if (!('classPath' in jars)) {
    say(`not run: ${jars.missing}`);
    return 1;
  }
  const settings = { 'log.journal.enable': 'true' };
  return withOttla({ nodeCount: 1, settings }, (on) =>
    withOttla({ nodeCount: 1 }, async (off) => {
      const ofOne: Record<string, number> = {};
      for (const row of chosen()) {
        // The row's two systems are ours, whatever they are called.
        const result = await measureRow(benchOf(jars), { ottla: on, kafka: off }, row);
        if (result.notRun !== undefined) throw new Error(result.notRun);
        for (const [name, runs] of [
          ['with', result.ottla] as const,
          ['without', result.kafka] as const,
        ]) {
          const ms = median(runs.map(({ figures }) => figures['roundP50Ms'] ?? Number.NaN));
          ofOne[name] ??= ms;
          const times = (ms / ofOne[name]).toFixed(1);
          say(
            `${row.load.partitions} partitions, ${name} a journal: ${ms.toFixed(2)} ms, ${times}`,
          );
        }
      }
      return 0;
    }),
  );
};

process.exitCode = await main();
