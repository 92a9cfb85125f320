import type { ReadRun } from './measure-consume.ts';
import type { LoadResult } from './plan.ts';
import { rssMbOf } from './processes.ts';
import type { Figures } from './result.ts';
import { runLoad } from './run-load.ts';

const MEASURED = { warmUpMs: 2000, floodMs: 4000, paceMs: 4000, pacePerSecond: 500 };

/** The SDK over gRPC: as fast as it goes, then open loop at a low rate. */
export const measureSdk = async ({ system, topic, row }: ReadRun): Promise<Figures> => {
  const { partitions, recordBytes, acks, replication } = row.load;
  const { failed, brokerCpuSecondsPerGb, latencyP50Ms, latencyP99Ms, ...rates } =
    await runLoad<LoadResult>('load.ts', {
      ...MEASURED,
      bootstrap: system.grpcBootstrap ?? '',
      topic,
      partitions,
      recordBytes,
      acks: acks === 'all' ? 'all' : 1,
      replicationFactor: replication,
      brokerPids: system.pids(),
    });
  if (failed > 0) throw new Error(`${failed} records of the SDK failed`);
  return {
    ...rates,
    cpuSecondsPerGb: brokerCpuSecondsPerGb,
    ackP50Ms: latencyP50Ms,
    ackP99Ms: latencyP99Ms,
    rssMb: rssMbOf(system.pids()),
  };
};
