/**
 * What the journal is for, and what it costs where it is not needed, on two nodes of ours in turn,
 * one with the journal and one without. First one partition, as fast as it goes, under `fsync` and
 * from memory: such a load never has a journal made. Then all partitions written at once, a batch
 * of 1 KiB each, under `fsync`, which has it made: the median of each and its ratio to that of one
 * partition on the same node. Then one partition again, beside a journal that is there.
 *
 * --pairs N  of runs (3); --rounds N  of each run (200); --most N  partitions (1000);
 * --records N  of each run of one partition (100,000; 0 for none)
 */
import { parseArgs } from 'node:util';
import { COST_ROWS } from './cost-matrix.ts';
import type { Row } from './matrix.ts';
import { rowOf } from './matrix.ts';
import { installKafka } from './peers/kafka/install.ts';
import type { RowRuns, Run } from './result.ts';
import type { Pair } from './rows.ts';
import { benchOf, measureRow } from './rows.ts';
import { median } from './statistics.ts';
import { withOttla } from './systems/ottla.ts';

const options = {
  pairs: { type: 'string', default: '3' },
  rounds: { type: 'string', default: '200' },
  most: { type: 'string', default: '1000' },
  records: { type: 'string', default: '100000' },
} as const;

const { pairs, rounds, most, records } = parseArgs({ options }).values;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const ROUND_ROWS = COST_ROWS.filter(
  ({ kind, load }) => kind === 'rounds' && load.partitions <= Number(most),
).map((row) => ({ ...row, pairs: Number(pairs), recordCount: Number(rounds) }));

const ofOne = (name: string, varied: Parameters<ReturnType<typeof rowOf>>[1]): Row =>
  rowOf('produce')(name, varied, { pairs: Number(pairs), recordCount: Number(records) });

const ONE_ROWS = [
  ofOne('1 partition, acks=all, fsync', { acks: 'all', durability: 'fsync' }),
  ofOne('1 partition, acks=1, memory', {}),
];

const medianOf = (runs: readonly Run[], name: string): number =>
  median(runs.map(({ figures }) => figures[name] ?? Number.NaN));

type Measure = (row: Row) => Promise<RowRuns>;

const sayOne = async (measure: Measure, when: string): Promise<void> => {
  if (Number(records) === 0) return;
  for (const row of ONE_ROWS) {
    const { ottla, kafka } = await measure(row);
    const both = ['recordsPerSecond', 'recordsPerCpuSecond'].map((name) => {
      const [on, off] = [medianOf(ottla, name), medianOf(kafka, name)];
      return `${name} ${on.toFixed(0)} and ${off.toFixed(0)}, ${(on / off).toFixed(2)}`;
    });
    say(`${row.name}, ${when}: with and without: ${both.join('; ')}`);
  }
};

const sayRounds = async (measure: Measure): Promise<void> => {
  const msOfOne: Record<string, number> = {};
  for (const row of ROUND_ROWS) {
    const { ottla, kafka } = await measure(row);
    for (const [name, runs] of [['with', ottla] as const, ['without', kafka] as const]) {
      const ms = medianOf(runs, 'roundP50Ms');
      msOfOne[name] ??= ms;
      const times = (ms / msOfOne[name]).toFixed(1);
      say(`${row.load.partitions} partitions, ${name} a journal: ${ms.toFixed(2)} ms, ${times}`);
    }
  }
};

const main = async (): Promise<number> => {
  const jars = await installKafka();
  if (!('classPath' in jars)) {
    say(`not run: ${jars.missing}`);
    return 1;
  }
  const nodeOf = (isOn: boolean) => ({
    nodeCount: 1,
    settings: { 'log.journal.enable': String(isOn) },
  });
  return withOttla(nodeOf(true), (on) =>
    withOttla(nodeOf(false), async (off) => {
      // The row's two systems are ours, whatever they are called.
      const pair: Pair = { ottla: on, kafka: off };
      const measure: Measure = async (row) => {
        const result = await measureRow(benchOf(jars), pair, row);
        if (result.notRun !== undefined) throw new Error(result.notRun);
        return result;
      };
      await sayOne(measure, 'no journal made yet');
      await sayRounds(measure);
      await sayOne(measure, 'beside a journal');
      return 0;
    }),
  );
};

process.exitCode = await main();
