/**
 * Ottla beside Apache Kafka, in the same run on the same machine, under Kafka's own load generators
 * (`matrix.ts` has the rows). Both clusters of a size run together and are measured in turn.
 *
 * --set targets|edges|all  which rows (all)
 * --rows TEXT,TEXT   only those whose names hold one of them, and those they are held against
 * --pairs N          instead of each row's own; --share X  of each row's records, for a quick look
 * --out NAME         the file in bench/results; full-SET by default, `part` where rows are left out
 * --into NAME        rows take the place of those in this file: a part is measured again
 *
 * Each row is kept as soon as it is done, in NAME.partial.json until all are.
 */
import { loadavg, totalmem } from 'node:os';
import type { Ceiling } from './ceiling.ts';
import { measureCeiling } from './ceiling.ts';
import { choose, isMaximumOf } from './choice.ts';
import { measureAlone } from './cost-rows.ts';
import { RunKeeper } from './kept-run.ts';
import type { Row } from './matrix.ts';
import { BASE, isAlone } from './matrix.ts';
import type { Bench } from './measure-produce.ts';
import type { KafkaJars } from './peers/kafka/install.ts';
import { installKafka } from './peers/kafka/install.ts';
import { describeRow, describeTargets } from './print.ts';
import type { RowResult } from './result.ts';
import { resultOf } from './result.ts';
import type { Pair } from './rows.ts';
import { benchOf, measureRow } from './rows.ts';
import { withKafka } from './systems/kafka.ts';
import { withOttla } from './systems/ottla.ts';
import { judge } from './targets.ts';
import { warmMemory } from './warm-memory.ts';

const WARM_UP_RECORDS = 200_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const measureAll = async (
  rows: readonly Row[],
  jars: KafkaJars,
  keepResult: (result: RowResult) => void,
): Promise<void> => {
  const bench = benchOf(jars);
  const results: RowResult[] = [];
  const together = rows.filter((row) => !isAlone(row));
  for (const nodeCount of [1, 3]) {
    const ofSize = together.filter(({ load }) => load.replication === nodeCount);
    if (ofSize.length === 0) continue;
    await withOttla({ nodeCount }, (ottla) =>
      withKafka({ nodeCount, jars }, async (kafka) => {
        await warmUp(bench, { ottla, kafka });
        for (const row of ofSize) {
          const rated = rate(row, results);
          const result = resultOf(await measureRow(bench, { ottla, kafka }, rated));
          results.push(result);
          keepResult(result);
        }
      }),
    );
  }
  for (const row of rows.filter(isAlone)) keepResult(resultOf(await measureAlone(jars, row)));
};

/** Where the peer's maximum was not measured, a rate that every machine reaches. */
const LOW_RATE = 1000;

/** A share of what the peer reached in the row with the same replicas that only produces. */
const rate = (row: Row, results: readonly RowResult[]): Row => {
  if (row.ofMaximum === undefined) return row;
  const maximum = results.find((it) => isMaximumOf(it.row, row))?.figures['recordsPerSecond']?.kafka
    ?.median;
  const perSecond = maximum === undefined ? LOW_RATE : Math.round(maximum * row.ofMaximum);
  return { ...row, perSecond };
};

/** A pair that does not count: the programs of both are compiled by then. */
const warmUp = async (bench: Bench, pair: Pair): Promise<void> => {
  const replication = pair.ottla.nodeCount === 1 ? 1 : 3;
  const load = { ...BASE, replication } as const;
  const shape = { kind: 'produce', load, pairs: 1, recordCount: WARM_UP_RECORDS } as const;
  await measureRow(bench, pair, { ...shape, name: 'warm-up' });
};

const notRun = (rows: readonly Row[], reason: string): RowResult[] =>
  rows.map((row) => resultOf({ row, ottla: [], kafka: [], notRun: reason }));

const tellCeiling = async (): Promise<Ceiling> => {
  const ceiling = await measureCeiling();
  const limit = Math.round(ceiling.megabytesPerCpuSecond);
  say(`receive, CRC and append alone: ${limit} MB a CPU second`);
  return ceiling;
};

const main = async (): Promise<number> => {
  const choice = choose(process.argv.slice(2));
  const begunMs = performance.now();
  const loadBefore = loadavg()[0] ?? 0;
  const installed = await installKafka();
  const isThere = 'classPath' in installed;
  if (!isThere) say(`not run: ${installed.missing}`);
  const kept = new RunKeeper(choice, {
    versions: isThere ? installed.versions : {},
    loadBefore,
    memoryBytes: totalmem(),
    pageCache: isThere ? warmMemory() : undefined,
    ceiling: isThere ? await tellCeiling() : undefined,
  });
  const keepResult = (result: RowResult): void => {
    for (const line of describeRow(result)) say(line);
    kept.add(result);
  };
  if (isThere) await measureAll(choice.rows, installed, keepResult);
  else for (const result of notRun(choice.rows, installed.missing)) keepResult(result);
  const tookSeconds = Math.round((performance.now() - begunMs) / 1000);
  const results = kept.end({ loadAfter: loadavg()[0], tookSeconds });
  for (const line of describeTargets(judge(results))) say(line);
  say(`${choice.rows.length} rows in ${tookSeconds} s, kept in bench/results/${choice.out}.json`);
  return results.every((row) => row.notRun === undefined) ? 0 : 1;
};

process.exitCode = await main();
