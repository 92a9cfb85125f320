/**
 * Ottla beside Apache Kafka, in the same run on the same machine, under Kafka's own load generators
 * (`matrix.ts` has the rows). Both clusters of a size run together and are measured in turn.
 *
 * --set targets|edges|all  which rows (all); --rows TEXT  only those whose name holds it
 * --pairs N          instead of each row's own; --share X  of each row's records, for a quick look
 * --out NAME         the file in bench/results; full-SET by default
 */
import { loadavg, totalmem } from 'node:os';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import type { Ceiling } from './ceiling.ts';
import { measureCeiling } from './ceiling.ts';
import { ALL_ROWS, COST_ROWS, EDGE_ROWS } from './cost-matrix.ts';
import { measureAlone } from './cost-rows.ts';
import { keep } from './keep.ts';
import type { Row } from './matrix.ts';
import { BASE, isAlone, TARGET_ROWS } from './matrix.ts';
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

const SETS: Readonly<Record<string, readonly Row[]>> = {
  targets: [...TARGET_ROWS, ...COST_ROWS],
  edges: EDGE_ROWS,
  all: ALL_ROWS,
};
const WARM_UP_RECORDS = 200_000;

interface Choice {
  readonly rows: readonly Row[];
  readonly out: string;
  /** Nothing was left out or made shorter: targets may be judged by it. */
  readonly isWhole: boolean;
}

const choose = (): Choice => {
  const options = {
    set: { type: 'string', default: 'all' },
    rows: { type: 'string', default: '' },
    pairs: { type: 'string' },
    share: { type: 'string', default: '1' },
    out: { type: 'string' },
  } as const;
  const { set, rows: text, pairs, share, out = `full-${set}` } = parseArgs({ options }).values;
  const rows = SETS[set];
  if (rows === undefined) throw new Error(`--set ${set}: take ${Object.keys(SETS).join(' or ')}`);
  const chosen = rows.filter(({ name }) => name.includes(text));
  if (chosen.length === 0) throw new Error(`--rows ${text}: no row has that in its name`);
  return {
    out,
    isWhole: set !== 'edges' && text === '' && pairs === undefined && share === '1',
    rows: chosen.map((row) => ({
      ...row,
      pairs: Number(pairs ?? row.pairs),
      recordCount: Math.ceil(row.recordCount * Number(share)),
    })),
  };
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const measureAll = async (rows: readonly Row[], jars: KafkaJars): Promise<RowResult[]> => {
  const bench = benchOf(jars);
  const results: RowResult[] = [];
  const keepResult = (result: RowResult): void => {
    for (const line of describeRow(result)) say(line);
    results.push(result);
  };
  const together = rows.filter((row) => !isAlone(row));
  for (const nodeCount of [1, 3]) {
    const ofSize = together.filter(({ load }) => load.replication === nodeCount);
    if (ofSize.length === 0) continue;
    await withOttla({ nodeCount }, (ottla) =>
      withKafka({ nodeCount, jars }, async (kafka) => {
        await warmUp(bench, { ottla, kafka });
        for (const row of ofSize) {
          const rated = rate(row, results);
          keepResult(resultOf(await measureRow(bench, { ottla, kafka }, rated)));
        }
      }),
    );
  }
  for (const row of rows.filter(isAlone)) keepResult(resultOf(await measureAlone(jars, row)));
  return results;
};

/** Where the peer's maximum was not measured, a rate that every machine reaches. */
const LOW_RATE = 1000;

/** A share of what the peer reached in the row with the same replicas that only produces. */
const rate = (row: Row, results: readonly RowResult[]): Row => {
  if (row.ofMaximum === undefined) return row;
  const maximum = results.find(
    ({ row: { kind, load } }) =>
      kind === 'produce' && isDeepStrictEqual(load, { ...row.load, durability: 'memory' }),
  )?.figures['recordsPerSecond']?.kafka?.median;
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
  const { rows, isWhole, out } = choose();
  const begunMs = performance.now();
  const installed = await installKafka();
  const isThere = 'classPath' in installed;
  if (!isThere) say(`not run: ${installed.missing}`);
  const memory = isThere ? warmMemory() : undefined;
  const loadBefore = loadavg()[0];
  const ceiling = isThere ? await tellCeiling() : undefined;
  const results = isThere ? await measureAll(rows, installed) : notRun(rows, installed.missing);
  const tookSeconds = Math.round((performance.now() - begunMs) / 1000);
  const versions = isThere ? installed.versions : {};
  const around = { loadBefore, loadAfter: loadavg()[0], memoryBytes: totalmem(), tookSeconds };
  keep(out, { versions, ...around, pageCache: memory, ceiling, rows: results });
  if (isWhole) keep('targets', { run: out, targets: judge(results) });
  for (const line of describeTargets(judge(results))) say(line);
  say(`${rows.length} rows in ${tookSeconds} s, kept in bench/results/${out}.json`);
  return results.every((row) => row.notRun === undefined) ? 0 : 1;
};

process.exitCode = await main();
