import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { LocalCluster } from '../../deploy/local/cluster.ts';
import { combinedShape, fixedPorts, REPOSITORY } from '../../deploy/local/layout.ts';
import { connect } from '../../src/app/connect.ts';
import { mustRun } from '../compat/support/run.ts';
import { tempDirs } from '../support/temp-dir.ts';
import { isFree } from './cluster/settled-ports.ts';
import { readBack, SteadyLoad } from './load/steady-load.ts';

const makeTempDir = tempDirs();
const NODES = 3;
const PARTITIONS = 6;
const GAP_MAX_MS = 500;
/** Without restarts, on a machine that does nothing else: about half of it. */
const IDLE_GAP_MAX_MS = 100;
const QUIET_MS = 3000;
/** What else the machine does makes a gap longer, and never shorter: one round has to show it. */
const ROUNDS_MAX = Number(process.env['ROLLING_ROUNDS'] ?? 3);
/** Above the ports of people, below those that the kernel gives outgoing connections. */
const SHIFTS = { first: 13_000, end: 22_000, step: 10 };
const END_MS = 5000;

const ended: Array<() => Promise<void>> = [];

afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

const portsWith = (shift: number): number[] =>
  combinedShape(NODES).flatMap(({ nodeId }) => Object.values(fixedPorts(nodeId, shift)));

const freeShift = async (): Promise<number> => {
  const { first, end, step } = SHIFTS;
  for (let shift = first + (process.pid % 100) * step; shift < end; shift += step) {
    const free = await Promise.all(portsWith(shift).map(isFree));
    if (free.every(Boolean)) return shift;
  }
  throw new Error('there are no ports for three nodes');
};

/** As a person would, but for another cluster than theirs; the words of a calling make are not its. */
const make = (...words: string[]): Promise<string> =>
  mustRun(['env', '-u', 'MAKEFLAGS', 'make', '-s', '-C', REPOSITORY, ...words]);

/** What `make up` leaves running, and the processes of it. */
const up = async (): Promise<{ data: string; cluster: LocalCluster }> => {
  const data = join(makeTempDir(), 'cluster');
  const shift = await freeShift();
  const portsOf = (nodeId: number) => fixedPorts(nodeId, shift);
  const cluster = new LocalCluster({ root: data, shape: combinedShape(NODES), portsOf });
  ended.push(async () => {
    for (const node of cluster.nodes) node.signal('SIGKILL');
    await Promise.all(cluster.nodes.map((node) => node.waitEnded(END_MS)));
    rmSync(data, { recursive: true, force: true });
  });
  await make('up', `NODES=${NODES}`, `CLUSTER_DATA=${data}`, `PORT_SHIFT=${shift}`);
  return { data, cluster };
};

const pidsOf = ({ nodes }: LocalCluster): number[] =>
  nodes.flatMap(({ state }) => (state.kind === 'alive' ? [state.pid] : []));

interface Round {
  /** The longest time without an acknowledgement while nothing restarts, and amid restarts. */
  readonly quietMs: number;
  readonly gapMs: number;
}

/** How long a busy machine holds up acknowledgements by itself is none of the restarts'. */
const isShort = ({ quietMs, gapMs }: Round): boolean =>
  gapMs < GAP_MAX_MS + (quietMs > IDLE_GAP_MAX_MS ? quietMs : 0);

it('restarts every node under load, which takes no partition 500 ms of acknowledgements', async () => {
  const { data, cluster } = await up();
  const client = connect({ bootstrap: cluster.bootstrap });
  ended.unshift(() => client.close());
  const configs = { 'min.insync.replicas': '2' };
  await client.admin().createTopic({ name: 't', partitions: PARTITIONS, configs });
  const load = new SteadyLoad(client, PARTITIONS);
  await sleep(2000);
  const before = pidsOf(cluster);

  const rounds: Round[] = [];
  while (rounds.length < ROUNDS_MAX && !rounds.some(isShort)) {
    load.takeGapMs();
    await sleep(QUIET_MS);
    const quietMs = load.takeGapMs();
    await make('rolling-restart', `CLUSTER_DATA=${data}`);
    rounds.push({ quietMs, gapMs: load.takeGapMs() });
  }
  const after = pidsOf(cluster);
  const { partitions } = await client.admin().describeTopic('t');
  await load.end();
  const found = new Set(await readBack(client, { leastCount: load.acknowledged.length }));

  process.stdout.write(
    `longest time without an acknowledgement on one partition before, and amid restarts: ` +
      `${JSON.stringify(rounds)}; ${load.acknowledged.length} acknowledged\n`,
  );
  expect(after.filter((pid) => !before.includes(pid))).toHaveLength(NODES);
  expect(partitions.filter(({ isr }) => isr.length < NODES)).toEqual([]);
  expect(load.acknowledged.filter((value) => !found.has(value))).toEqual([]);
  expect(rounds.some(isShort)).toBe(true);
});
