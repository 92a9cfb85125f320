import { resolveConfig } from '../app/config.ts';
import { launchNode } from '../app/launch.ts';
import { FileDisk } from '../platform/file-disk.ts';
import { pinoLogger } from '../platform/pino-logger.ts';
import { environment } from '../platform/process.ts';
import { readConfigFile } from './config-file.ts';
import { runUntilStopped } from './run-until-stopped.ts';

export interface StartVerb {
  readonly config: string;
  readonly X: readonly string[];
}

export const runStart = async (options: StartVerb): Promise<void> => {
  const config = resolveConfig({
    file: readConfigFile(new FileDisk(), options.config),
    environment: environment(),
    overrides: options.X,
  });
  const logger = await pinoLogger({ level: config.logLevel, fields: { node: config.nodeId } });
  await runUntilStopped({
    logger,
    start: async () => {
      const { node, stop } = await launchNode(config, logger);
      void node.ready.then(() => logger.info('node ready', { node: config.nodeId }));
      return { fatal: node.fatal, stop };
    },
  });
};
