import type { LocalNodes, LocalPorts } from '../app/local-nodes.ts';
import { startLocalNodes } from '../app/local-nodes.ts';
import { pinoLogger } from '../platform/pino-logger.ts';
import { writeOut } from '../platform/process.ts';
import { SystemClock } from '../platform/system-clock.ts';
import { makeTempDir, removeDir } from '../platform/temp-dir.ts';
import type { Service } from './run-until-stopped.ts';
import { runUntilStopped } from './run-until-stopped.ts';

export interface DevVerb {
  readonly ephemeral?: boolean;
  readonly nodes: string;
  readonly X?: readonly string[];
}

/** Beside the ports of `make up`, which this stands in for. */
const portsOf = (nodeId: number): Required<LocalPorts> => ({
  client: 7090 + nodeId,
  kafka: 9091 + nodeId,
  peer: 7190 + nodeId,
  admin: 9643 + nodeId,
});

const DATA_ROOT = '.data';
const LEVEL_KEY = 'log.level=';
const DEFAULT_BOOTSTRAP_PORT = 7091;
const LABEL_CHARS = 11;

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export const runDev = async (options: DevVerb): Promise<void> => {
  const count = Number(options.nodes);
  const asked = options.X?.findLast((it) => it.startsWith(LEVEL_KEY))?.slice(LEVEL_KEY.length);
  // The screen is for what to do next; whoever wants more asks for it. What is no level is refused
  // with the rest of the configuration.
  const level = LEVELS.find((it) => it === asked) ?? 'warn';
  const logger = await pinoLogger({ level, destination: 'stderr' });
  await runUntilStopped({
    logger,
    start: async () => {
      const root = rootOf(options, count);
      const clear = (): void => {
        if (options.ephemeral === true) removeDir(root);
      };
      const ports = Array.from({ length: count }, (_, index) => portsOf(index + 1));
      const nodes = await startLocalNodes({
        ports,
        directoryOf: (nodeId) => (count === 1 ? root : `${root}/node-${nodeId}`),
        overrides: options.X ?? [],
        loggerOf: (nodeId) => logger.child({ node: nodeId }),
      }).catch((error: unknown) => {
        clear();
        throw error;
      });
      await writeOut(greeting(nodes, root));
      return withClear(nodes, clear);
    },
  });
};

/** A quorum keeps its size for life: one node and three never share a directory. */
const rootOf = ({ ephemeral }: DevVerb, count: number): string => {
  if (ephemeral === true) return makeTempDir('ottla-dev-');
  return count === 1 ? `${DATA_ROOT}/dev` : `${DATA_ROOT}/dev-${count}`;
};

const withClear = (service: Service, clear: () => void): Service => ({
  fatal: service.fatal,
  stop: async () => {
    await service.stop();
    clear();
  },
});

/** Where things are, which is where `-X listeners` has put them; nothing of what is not served. */
const greeting = ({ bootstrap, kafkaBootstrap, nodes }: LocalNodes, root: string): string => {
  const seconds = (new SystemClock().monotonicMs() / 1000).toFixed(2);
  const isDefault = bootstrap.startsWith(`127.0.0.1:${DEFAULT_BOOTSTRAP_PORT}`);
  const flag = isDefault ? '' : ` --bootstrap ${bootstrap}`;
  const admin = nodes[0]?.adminPort;
  const places = [
    ['bootstrap', bootstrap],
    ['Kafka', kafkaBootstrap],
    ['admin', admin === undefined ? '' : `http://127.0.0.1:${admin}/metrics`],
    ['data', root],
  ] as const;
  return [
    `Ottla is ready after ${seconds} s. Ctrl-C stops it.`,
    '',
    ...places.flatMap(([label, place]) =>
      place === '' ? [] : [`  ${label.padEnd(LABEL_CHARS)}${place}`],
    ),
    '',
    'Send a message, and read it back:',
    '',
    `  echo hello | npx ottla produce greetings${flag}`,
    `  npx ottla consume greetings --from-beginning${flag}`,
    '',
    '',
  ].join('\n');
};
