import { parseArgs } from 'node:util';
import { startAdmin } from '../../../src/app/admin.ts';
import type { NodeConfig } from '../../../src/app/config.ts';
import { resolveConfig } from '../../../src/app/config.ts';
import { formatDirectory } from '../../../src/app/format.ts';
import type { NodeHealth, RunningNode } from '../../../src/app/node.ts';
import { startNode } from '../../../src/app/node.ts';
import { systemEnv } from '../../../src/app/system-env.ts';
import { readConfigFile } from '../../../src/cli/config-file.ts';
import type { Service } from '../../../src/cli/run-until-stopped.ts';
import { runUntilStopped } from '../../../src/cli/run-until-stopped.ts';
import type { Env } from '../../../src/env/env.ts';
import { FileDisk } from '../../../src/platform/file-disk.ts';
import { pinoLogger } from '../../../src/platform/pino-logger.ts';
import { PromMeter } from '../../../src/platform/prom-meter.ts';
import { systemRandom } from '../../../src/platform/system-random.ts';
import { initialiseRaftStore } from '../../../src/raft/raft-store.ts';
import { logStores } from './log-store.ts';
import { PowerDisk } from './power-disk.ts';

/**
 * `ottla start` on a disk for which `kill -9` is a power cut. Formats its directory by itself: no
 * other process can read it.
 */

interface PowerOptions {
  readonly config: NodeConfig;
  readonly device: string;
  readonly clusterId: string;
  readonly syncMs: number;
}

const optionsOf = (words: readonly string[]): PowerOptions => {
  const { values } = parseArgs({
    args: [...words],
    options: {
      config: { type: 'string', default: '' },
      device: { type: 'string', default: '' },
      'cluster-id': { type: 'string', default: '' },
      'sync-ms': { type: 'string', default: '1' },
    },
  });
  return {
    config: resolveConfig({ file: readConfigFile(new FileDisk(), values.config) }),
    device: values.device,
    clusterId: values['cluster-id'],
    syncMs: Number(values['sync-ms']),
  };
};

const formatted = async ({ config, clusterId }: PowerOptions, disk: PowerDisk): Promise<void> => {
  const initialiseRaft = async (directory: string, directoryId: string): Promise<void> => {
    if (config.isController) await initialiseRaftStore(disk, directory, { directoryId });
  };
  const { metadataDir: logDir, nodeId } = config;
  const format = { logDir, nodeId, clusterId, ignoreFormatted: true };
  await formatDirectory({ disk, random: systemRandom, initialiseRaft }, format);
};

const start = async (options: PowerOptions, env: Env, meter: PromMeter): Promise<Service> => {
  const { config } = options;
  const { logger } = env;
  let node: RunningNode | undefined;
  const health = (): NodeHealth =>
    node?.health() ?? {
      nodeId: config.nodeId,
      isHealthy: true,
      isReady: false,
      isActiveController: false,
      offlineLogDirs: [],
      leaderId: -1,
      term: 0,
    };
  const address = config.listeners.admin ?? '127.0.0.1:0';
  const admin = await startAdmin({ address, meter, health, logger });
  const running = await startNode(env, config);
  node = running;
  return {
    fatal: running.fatal,
    stop: async () => {
      await running.stop();
      await env.transport.close();
      await admin.close();
    },
  };
};

const main = async (): Promise<void> => {
  const options = optionsOf(process.argv.slice(2));
  const { config, device, syncMs } = options;
  const logger = await pinoLogger({ level: config.logLevel, fields: { node: config.nodeId } });
  const meter = new PromMeter();
  const disk = new PowerDisk({ device, syncMs });
  await formatted(options, disk);
  const env: Env = { ...systemEnv({ logger, meter }), disk, stores: logStores(disk) };
  await runUntilStopped({ logger, start: () => start(options, env, meter) });
};

await main();
