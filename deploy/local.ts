import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { clusterUnder, LocalCluster } from './local/cluster.ts';
import type { NodeShape } from './local/layout.ts';
import { combinedShape, DATA_ROOT, fixedPorts, separateShape } from './local/layout.ts';
import { printNodes, rollingRestart } from './local/verbs.ts';

/** Runs a cluster of processes on this machine; `make` is its usual caller. */

const USAGE =
  'usage: local.ts up [--nodes N | --controllers C --brokers B] [--port-shift N] | down | status | ' +
  'kill --node N | start --node N | rolling-restart, each [--data FOLDER] | demo [--input FILE]';

const DEFAULT_NODES = 3;

const fail = (message: string): never => {
  throw new Error(message);
};

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const flags = () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      nodes: { type: 'string' },
      controllers: { type: 'string' },
      brokers: { type: 'string' },
      node: { type: 'string' },
      data: { type: 'string' },
      'port-shift': { type: 'string' },
      input: { type: 'string' },
    },
  });
  return { values, verb: positionals[0], rest: positionals.slice(1) };
};

type Flags = ReturnType<typeof flags>['values'];

const count = (name: string, text: string | undefined, fallback: number): number => {
  if (text === undefined) return fallback;
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > 99) fail(`${name}: '${text}' is not a number from 1 to 99`);
  return value;
};

const shapeAsked = (values: Flags): NodeShape[] => {
  if (values.controllers === undefined && values.brokers === undefined) {
    return combinedShape(count('--nodes', values.nodes, DEFAULT_NODES));
  }
  if (values.nodes !== undefined) fail('--nodes does not go with --controllers and --brokers');
  const controllers = count('--controllers', values.controllers, DEFAULT_NODES);
  return separateShape(controllers, count('--brokers', values.brokers, DEFAULT_NODES));
};

/** Beyond it the highest of the usual ports would be none. */
const PORT_SHIFT_MAX = 55_000;

const shiftAsked = (text: string): number => {
  const value = /^\d+$/.test(text) ? Number(text) : -1;
  if (value < 0 || value > PORT_SHIFT_MAX) {
    fail(`--port-shift: '${text}' is not a number from 0 to ${PORT_SHIFT_MAX}`);
  }
  return value;
};

const rootOf = ({ data }: Flags): string => (data === undefined ? DATA_ROOT : resolve(data));

const cluster = (root: string, shape: readonly NodeShape[], portShift: number): LocalCluster =>
  new LocalCluster({
    root,
    shape,
    portShift,
    portsOf: (nodeId) => fixedPorts(nodeId, portShift),
  });

const asked = (values: Flags): LocalCluster => {
  const root = rootOf(values);
  const shift = values['port-shift'];
  const portShift = shift === undefined ? (clusterUnder(root)?.portShift ?? 0) : shiftAsked(shift);
  return cluster(root, shapeAsked(values), portShift);
};

const maybeExisting = (values: Flags): LocalCluster | undefined => {
  const root = rootOf(values);
  const known = clusterUnder(root);
  return known === undefined ? undefined : cluster(root, known.shape, known.portShift);
};

const existing = (values: Flags): LocalCluster =>
  maybeExisting(values) ?? fail(`there is no local cluster: run 'make up' first`);

const nodeAsked = (values: Flags): number =>
  values.node === undefined
    ? fail('say which node, for example: NODE=2')
    : count('--node', values.node, 0);

const onForce = (nodeId: number): void =>
  say(`node ${nodeId} did not end within 15 s and was killed`);

const VERBS: Readonly<Record<string, (values: Flags) => Promise<void>>> = {
  up: async (values) => {
    const it = asked(values);
    await it.up();
    await printNodes(it, say);
  },
  down: async (values) => {
    const it = maybeExisting(values);
    if (it === undefined) return say('there is no local cluster');
    const ended = await it.down(onForce);
    say(`${ended} node(s) stopped; the data stays in ${rootOf(values)}`);
  },
  status: async (values) => printNodes(existing(values), say),
  kill: async (values) => {
    const nodeId = nodeAsked(values);
    const wasAlive = await existing(values).kill(nodeId);
    say(wasAlive ? `node ${nodeId} killed` : `node ${nodeId} does not run`);
  },
  start: async (values) => {
    const nodeId = nodeAsked(values);
    const started = await existing(values).start(nodeId);
    say(started ? `node ${nodeId} is ready` : `node ${nodeId} runs already`);
  },
  'rolling-restart': async (values) => rollingRestart(existing(values), { say, onForce }),
  demo: async (values) => {
    const { runDemo } = await import('./demo/demo.ts');
    process.exitCode = await runDemo(values.input);
  },
};

const main = async (): Promise<void> => {
  try {
    const { values, verb = '', rest } = flags();
    const run = Object.hasOwn(VERBS, verb) && rest.length === 0 ? VERBS[verb] : undefined;
    if (run === undefined) {
      process.stderr.write(`${USAGE}\n`);
      process.exitCode = 2;
      return;
    }
    await run(values);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    if (process.env['OTTLA_DEBUG'] === '1' && error instanceof Error) {
      process.stderr.write(`${error.stack}\n`);
    }
    process.exitCode = 1;
  }
};

await main();
