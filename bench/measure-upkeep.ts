import { run as runCommand } from '../test/compat/support/run.ts';
import type { Row } from './matrix.ts';
import type { Bench } from './measure-produce.ts';
import { startProducers } from './measure-produce.ts';
import { cpuSecondsOf, transferredOf } from './processes.ts';
import type { Figures } from './result.ts';
import type { System } from './systems/system.ts';
import type { BrokerUse } from './upkeep.ts';
import { collectionsOf, metricOf, upkeepOf } from './upkeep.ts';

const MS_PER_SECOND = 1000;

interface UpkeepRun {
  readonly system: System;
  readonly topic: string;
  readonly row: Row;
}

/**
 * What each broker spends on a load that is the same for one and for three: processor time, bytes
 * in and out, the collector's share, and of ours the syncs and the delay of the event loop. Kafka
 * has no event loop, and tells of no syncs.
 */
export const measureUpkeep = async (bench: Bench, run: UpkeepRun): Promise<Figures> => {
  const { system, row } = run;
  const before = await useOfAll(system);
  const producers = startProducers(bench, { ...run, warmUpCount: 0 });
  await Promise.all(producers.map(({ ended }) => ended));
  // Asked for first: it tells of the time since it was last asked for.
  const delay = await loopDelayOf(system);
  const after = await useOfAll(system);
  return { ...upkeepOf(before, after, row.recordCount * row.load.recordBytes), ...delay };
};

const useOfAll = (system: System): Promise<BrokerUse[]> =>
  Promise.all(system.pids().map((pid, at) => useOf(system, pid, at + 1)));

const useOf = async (system: System, pid: number, nodeId: number): Promise<BrokerUse> => {
  const more = system.adminPortOf === undefined ? await askJava(pid) : await askUs(system, nodeId);
  return { cpuSeconds: cpuSecondsOf([pid]), ...transferredOf(pid), ...more };
};

const askUs = async (system: System, nodeId: number): Promise<Partial<BrokerUse>> => {
  const page = await pageOf(system, nodeId);
  return {
    gcSeconds: metricOf(page, 'nodejs_gc_duration_seconds_sum'),
    gcCount: metricOf(page, 'nodejs_gc_duration_seconds_count'),
    syncCount: metricOf(page, 'ottla_log_syncs_total'),
  };
};

const askJava = async (pid: number): Promise<Partial<BrokerUse>> => {
  const { status, stdout } = await runCommand(['jstat', '-gc', String(pid)]);
  return status === 0 ? collectionsOf(stdout) : {};
};

/** The greatest of all brokers. */
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
