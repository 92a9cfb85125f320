import type { NodeConfig } from '../app/config.ts';
import { resolveConfig } from '../app/config.ts';
import { launchNode } from '../app/launch.ts';
import type { RunningNode } from '../app/node.ts';
import type { Logger } from '../env/logger.ts';
import { FileDisk } from '../platform/file-disk.ts';
import { pinoLogger } from '../platform/pino-logger.ts';
import { environment } from '../platform/process.ts';
import { SystemClock } from '../platform/system-clock.ts';
import { readConfigFile } from './config-file.ts';
import { runUntilStopped } from './run-until-stopped.ts';

export interface StartVerb {
  readonly config: string;
  readonly X?: readonly string[];
  readonly stopOnStdinEnd?: boolean;
}

const PATIENCE_MS = 10_000;

/** Says that the node is ready; until then, now and then, what it most likely waits for. */
const reportReadiness = (node: RunningNode, config: NodeConfig, logger: Logger): void => {
  const clock = new SystemClock();
  const voters = config.voters.map(({ nodeId, address }) => `${nodeId}@${address}`).join(',');
  const remind = (): void => {
    const text = 'not ready: waits for a majority of the controllers; see that they run';
    logger.warn(text, { voters, leaderId: node.health().leaderId });
    timer = clock.setTimer(PATIENCE_MS, remind);
  };
  let timer = clock.setTimer(PATIENCE_MS, remind);
  void node.ready.then(() => {
    timer.cancel();
    logger.info('node ready');
  });
  // A node that failed before it was ready: a timer left behind would keep its process alive.
  void node.fatal.then(() => timer.cancel());
};

export const runStart = async (options: StartVerb): Promise<void> => {
  const config = resolveConfig({
    file: readConfigFile(new FileDisk(), options.config),
    environment: environment(),
    overrides: options.X ?? [],
  });
  const logger = await pinoLogger({ level: config.logLevel, fields: { node: config.nodeId } });
  await runUntilStopped({
    logger,
    stopOnInputEnd: options.stopOnStdinEnd ?? false,
    start: async () => {
      const { node, stop } = await launchNode(config, logger);
      reportReadiness(node, config, logger);
      return { fatal: node.fatal, stop };
    },
  });
};
