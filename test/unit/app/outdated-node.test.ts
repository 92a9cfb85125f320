import { expect, it } from 'vitest';
import { resolveConfig } from '../../../src/app/config.ts';
import { encodeIdentity } from '../../../src/app/directory.ts';
import type { RunningNode } from '../../../src/app/node.ts';
import { startNode } from '../../../src/app/node.ts';
import { replaceFile } from '../../../src/env/disk.ts';
import type { Env } from '../../../src/env/env.ts';
import type { LogFields } from '../../../src/env/logger.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import { silentMeter } from '../../../src/env/meter.ts';
import type { Stream } from '../../../src/env/transport.ts';
import type { RaftEnvelope } from '../../../src/gen/ottla.ts';
import { RaftService } from '../../../src/gen/ottla.ts';
import { initialiseRaftStore } from '../../../src/raft/raft-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { MemoryStores } from '../../support/memory-store.ts';
import { MemoryNetwork } from '../../support/memory-transport.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { envelope } from '../raft/peers-fixture.ts';

const CLUSTER = 'clusterAAAAAAAAAAAAAAA';
const DIRECTORY = 'directoryAAAAAAAAAAAAA';
const CONFIG = resolveConfig({
  overrides: [
    'process.roles=controller',
    'node.id=1',
    'controller.quorum.voters=1@n1:7190,2@n2:7190,3@n3:7190',
    'listeners=PEER://n1:7190',
    'log.dirs=/data',
  ],
});

interface World {
  readonly node: RunningNode;
  /** Remedies that the node has written into its log for itself. */
  readonly remedies: LogFields[string][];
  /** One heartbeat of node 2, which leads and has more than this node. */
  beat(needsUpdate: boolean): Promise<void>;
  stop(): Promise<void>;
}

const start = async (): Promise<World> => {
  const clock = new ManualClock();
  const random = new SeededRandom(1);
  const network = new MemoryNetwork({ clock, random });
  const disk = new MemoryDisk({ directories: ['/data'] });
  const identity = { clusterId: CLUSTER, nodeId: 1, directoryId: DIRECTORY, requires: [] };
  await initialiseRaftStore(disk, '/data/raft', { directoryId: DIRECTORY });
  await replaceFile(disk, '/data/meta.json', encodeIdentity(identity));
  const remedies: LogFields[string][] = [];
  const warn = (_: string, { of, remedy }: LogFields = {}): void => {
    if (of === 1) remedies.push(remedy);
  };
  const logger = { ...silentLogger, warn };
  const transport = network.transportFor('n1');
  const seams = { clock, random, disk, stores: new MemoryStores(), transport };
  const node = await startNode({ ...seams, logger, meter: silentMeter } as unknown as Env, CONFIG);
  const listener = { onMessage: () => {}, onClose: () => {} };
  const leader: Stream<RaftEnvelope> = network
    .transportFor('n2')
    .open('n1:7190', RaftService.exchange, { lane: 'control', listener });
  const beat = async (needsUpdate: boolean): Promise<void> => {
    const [prevIndex, prevTerm] = needsUpdate ? [9, 1] : [0, 0];
    const body = { term: 1, from: 2, prevIndex, prevTerm, commitIndex: 9, entries: [] };
    leader.send(envelope({ kind: 'append', ...body, needsUpdate }, { clusterId: CLUSTER, to: 1 }));
    await clock.settle(10);
  };
  const stop = async (): Promise<void> => {
    const stopped = node.stop();
    await clock.settle(2000);
    await stopped;
  };
  return { node, remedies, beat, stop };
};

it('a node whose leader has nothing that it could keep says once what it waits for', async () => {
  const { node, remedies, beat, stop } = await start();

  await beat(true);
  await beat(true);
  const waiting = node.health();
  await beat(false);
  const served = node.health();
  await stop();

  const remedy = expect.stringContaining('update this node to the release of node 2, which leads');
  expect(remedies).toEqual([remedy]);
  expect(waiting).toMatchObject({ isHealthy: true, isReady: false, waitsFor: remedy });
  expect([served.isReady, served.waitsFor]).toEqual([true, undefined]);
});
