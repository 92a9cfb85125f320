import { readFileSync } from 'node:fs';
import { run as runCommand } from '../test/compat/support/run.ts';
import type { Histogram } from './histogram.ts';
import { merge } from './histogram.ts';
import { startJava } from './java-load.ts';
import type { Row } from './matrix.ts';
import type { Bench } from './measure-produce.ts';
import { startProducers } from './measure-produce.ts';
import { bucketsOf, inBuckets, pauseFiguresOf, pausesOf, sinceOf } from './pauses.ts';
import type { KafkaJars } from './peers/kafka/install.ts';
import { cpuSecondsOf, transferredOf } from './processes.ts';
import type { Figures } from './result.ts';
import type { System } from './systems/system.ts';
import type { BrokerUse } from './upkeep.ts';
import { collectionsOf, metricOf, upkeepOf } from './upkeep.ts';

const MS_PER_SECOND = 1000;
const PAUSES = 'nodejs_gc_duration_seconds';

interface UpkeepRun {
  readonly system: System;
  readonly topic: string;
  readonly row: Row;
}

/**
 * What each broker spends on a load that is the same for one and for three: processor time, bytes
 * in and out, syncs of logs, the collector's share and its pauses, and of ours the delay of the
 * event loop, which Kafka has not.
 */
export const measureUpkeep = async (bench: Bench, run: UpkeepRun): Promise<Figures> => {
  const { system, row } = run;
  const told = await tellAll(bench.jars, system);
  const before = usesOf(system, told);
  const producers = startProducers(bench, { ...run, warmUpCount: 0 });
  await Promise.all(producers.map(({ ended }) => ended));
  // What brokers have used, before they are asked: that costs them something too.
  const used = usesOf(system, []);
  const delay = await loopDelayOf(system);
  const toldAfter = await tellAll(bench.jars, system);
  const after = used.map((use, at) => ({ ...use, ...toldAfter[at]?.use }));
  const pauses = toldAfter.map((it, at) => sinceOf(told[at]?.pausesUs ?? [], it.pausesUs));
  return {
    ...upkeepOf(before, after, row.recordCount * row.load.recordBytes),
    ...pauseFiguresOf(merge(pauses)),
    ...delay,
  };
};

/** What a broker tells of itself, by counters that only rise. */
interface Told {
  readonly use: Partial<BrokerUse>;
  readonly pausesUs: Histogram;
}

const usesOf = (system: System, told: readonly Told[]): BrokerUse[] =>
  system.pids().map((pid, at) => ({
    cpuSeconds: cpuSecondsOf([pid]),
    ...transferredOf(pid),
    ...told[at]?.use,
  }));

const tellAll = (jars: KafkaJars, system: System): Promise<Told[]> => {
  const isOurs = system.adminPortOf !== undefined;
  return Promise.all(
    system.pids().map((pid, at) => (isOurs ? askUs(system, at + 1) : askJava(jars, system, pid))),
  );
};

const askUs = async (system: System, nodeId: number): Promise<Told> => {
  const page = await pageOf(system, nodeId);
  const use = {
    gcSeconds: metricOf(page, `${PAUSES}_sum`),
    gcCount: metricOf(page, `${PAUSES}_count`),
    syncCount: metricOf(page, 'ottla_log_syncs_total'),
  };
  return { use, pausesUs: bucketsOf(page, PAUSES) };
};

/** In ms, as our own buckets are: both are measured by one ruler. */
const BOUNDS_MS = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

const askJava = async (jars: KafkaJars, system: System, pid: number): Promise<Told> => {
  const { status, stdout } = await runCommand(['jstat', '-gc', String(pid)]);
  const syncCount = Number(await startJava(jars, ['Flushes', String(pid)]).ended);
  const nodeId = system.pids().indexOf(pid) + 1;
  const log = readFileSync(system.gcLogOf?.(nodeId) ?? '', 'utf8');
  const bounds = BOUNDS_MS.map((ms) => ms * 1000);
  return {
    use: { ...(status === 0 ? collectionsOf(stdout) : {}), syncCount },
    pausesUs: inBuckets(pausesOf(log), bounds),
  };
};

/** The greatest of all brokers, since it was last asked for. */
const loopDelayOf = async (system: System): Promise<Figures> => {
  if (system.adminPortOf === undefined) return {};
  const pages = await Promise.all(system.pids().map((_, at) => pageOf(system, at + 1)));
  const greatest = (name: string): number =>
    Math.max(...pages.map((page) => metricOf(page, name))) * MS_PER_SECOND;
  return {
    loopDelayP99Ms: greatest('nodejs_eventloop_lag_p99_seconds'),
    loopDelayMaxMs: greatest('nodejs_eventloop_lag_max_seconds'),
  };
};

const pageOf = async (system: System, nodeId: number): Promise<string> => {
  const answer = await fetch(`http://127.0.0.1:${system.adminPortOf?.(nodeId) ?? 0}/metrics`);
  return answer.text();
};
