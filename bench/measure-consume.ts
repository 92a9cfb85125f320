import { writeFileSync } from 'node:fs';
import { APIS } from '../src/kafka/wire/apis.ts';
import type { JavaLoad } from './java-load.ts';
import { startTool } from './java-load.ts';
import { kafkaRequest } from './kafka-request.ts';
import type { Row } from './matrix.ts';
import type { Bench, Produced } from './measure-produce.ts';
import { producedOf, startProducers } from './measure-produce.ts';
import { deviceBytesOf, usageDuring } from './processes.ts';
import { eventually } from './systems/serving.ts';
import type { System } from './systems/system.ts';
import { syncSegments } from './systems/topics.ts';
import type { ConsumerReport } from './tool-output.ts';
import { parseConsumer, parseTail } from './tool-output.ts';

export interface ReadRun {
  readonly system: System;
  readonly topic: string;
  readonly row: Row;
}

const INTERVAL_MS = 250;
const PATIENCE_MS = 60_000;
const FAN_OUT = 5;

/** Readers that have their partitions before the first record is sent. */
export const measureTail = async (bench: Bench, run: ReadRun): Promise<Produced> => {
  const { system, row } = run;
  const reports = await usageDuring(system, async () => {
    const consumer = startConsumer(bench, run, 1);
    await isStable(system, groupOf(run, 1));
    const producers = startProducers(bench, { ...run, warmUpCount: 0 });
    await Promise.all(producers.map(({ ended }) => ended));
    return [parseTail(await consumer.ended, INTERVAL_MS)];
  });
  return readOf(row, reports);
};

/** A backlog that was read, and how much of it came from a device. */
export interface BacklogRead extends Produced {
  readonly deviceMegabytes: number;
}

/** Reads all from the start, out of the file where the page cache can be emptied. */
export const measureCatchUp = (bench: Bench, run: ReadRun): Promise<BacklogRead> =>
  measureBacklog(bench, run, 1);

/** Five groups read all at once. */
export const measureFanOut = (bench: Bench, run: ReadRun): Promise<BacklogRead> =>
  measureBacklog(bench, run, FAN_OUT);

const measureBacklog = async (
  bench: Bench,
  run: ReadRun,
  readers: number,
): Promise<BacklogRead> => {
  const { system } = run;
  const producers = startProducers(bench, { ...run, warmUpCount: 0 });
  await Promise.all(producers.map(({ ended }) => ended));
  // Pages that are not on the disk yet stay: who syncs seldom would be read from memory.
  syncSegments(system);
  dropPageCache();
  const deviceBytes = deviceBytesOf(system.pids());
  const reports = await usageDuring(system, () => {
    const consumers = Array.from({ length: readers }, (_, at) => startConsumer(bench, run, at + 1));
    return Promise.all(consumers.map(async ({ ended }) => parseConsumer(await ended)));
  });
  const deviceMegabytes = (deviceBytesOf(system.pids()) - deviceBytes) / 1e6;
  return { ...readOf(run.row, reports), deviceMegabytes };
};

const readOf = (
  { load: { recordBytes } }: Row,
  [reports, usage]: [ConsumerReport[], { cpuSeconds: number; rssMb: number }],
): Produced => {
  const sum = (of: (report: ConsumerReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  const recordsPerSecond = sum((it) => it.recordsPerSecond);
  return producedOf({
    recordsPerSecond,
    sentCount: sum((it) => it.recordCount),
    recordBytes,
    usage,
  });
};

const groupOf = ({ topic }: ReadRun, nth: number): string => `${topic}-reader-${nth}`;

const startConsumer = ({ jars }: Bench, run: ReadRun, nth: number): JavaLoad =>
  startTool(jars, [
    ...['ConsumerPerformance', '--bootstrap-server', run.system.bootstrap, '--topic', run.topic],
    ...['--num-records', String(run.row.recordCount), '--group', groupOf(run, nth)],
    ...['--timeout', String(PATIENCE_MS), '--hide-header'],
    ...(run.row.kind === 'tail'
      ? ['--show-detailed-stats', '--reporting-interval', String(INTERVAL_MS)]
      : []),
  ]);

const isStable = (system: System, group: string): Promise<void> =>
  eventually(`the group ${group} of ${system.name} has its partitions`, async () => {
    const body = { key: group, keyType: 0, coordinatorKeys: [group] };
    const request = { port: system.portOf(1), api: APIS.findCoordinator, apiVersion: 4, body };
    const { coordinators } = await kafkaRequest(request);
    const port = coordinators[0]?.port ?? 0;
    const asked = { groups: [group], includeAuthorizedOperations: false };
    const answer = await kafkaRequest({
      port,
      api: APIS.describeGroups,
      apiVersion: 4,
      body: asked,
    });
    return answer.groups[0]?.groupState === 'Stable';
  });

/** Without the right to do so, reads come out of the page cache, for both systems alike. */
export const dropPageCache = (): boolean => {
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '1');
    return true;
  } catch {
    return false;
  }
};
