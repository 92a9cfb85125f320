import { expect, it } from 'vitest';
import type { NodeConfig } from '../../../src/app/config.ts';
import { MetadataPlane } from '../../../src/app/quorum.ts';
import type { Env } from '../../../src/env/env.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import { silentMeter } from '../../../src/env/meter.ts';
import { MetadataBatch, MetadataSnapshot } from '../../../src/gen/ottla.ts';
import { metadataVersionRecord } from '../../../src/metadata/records.ts';
import { METADATA_VERSION_MAX } from '../../../src/metadata/versions.ts';
import { drainPromises, ManualClock } from '../../support/manual-clock.ts';
import { MemoryNetwork } from '../../support/memory-transport.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { Machine, persist } from '../raft/store-fixture.ts';

const LATER = METADATA_VERSION_MAX + 1;
const CLUSTER_ID = 'clusterAAAAAAAAAAAAAAA';
const DIRECTORY_ID = 'directoryAAAAAAAAAAAAA';
const CONFIG = {
  nodeId: 1,
  isController: true,
  listeners: { peer: 'n1:7191' },
  advertised: {},
  metadataDir: '/data',
  voters: [{ nodeId: 1, address: 'n1:7191' }],
  electionTimeoutMs: 500,
} as unknown as NodeConfig;
const LINE =
  `/data/raft: the cluster is at metadata.version ${LATER}, this release knows ` +
  `metadata.version 1 to ${METADATA_VERSION_MAX}: run a later release on this node`;

/** The sole voter of a cluster in which one entry brought a later metadata.version. */
const lastRunLater = async (): Promise<Machine> => {
  const machine = await Machine.formatted();
  const payload = MetadataBatch.encode({ records: [metadataVersionRecord(LATER)] });
  await machine.use((store) =>
    store.persist([
      persist({
        hardState: { term: 1, votedFor: 1 },
        entries: [{ index: 1, term: 1, kind: 'data', payload }],
      }),
    ]),
  );
  return machine;
};

const open = async (machine: Machine) => {
  const clock = new ManualClock();
  const random = new SeededRandom(1);
  const transport = new MemoryNetwork({ clock, random }).transportFor('n1');
  const env = { clock, random, transport, logger: silentLogger, meter: silentMeter };
  const failures: unknown[] = [];
  const plane = await MetadataPlane.open({
    env: { ...env, ...machine.seams } as unknown as Env,
    config: CONFIG,
    clusterId: CLUSTER_ID,
    directoryId: DIRECTORY_ID,
    onFatal: (error) => failures.push(error),
  });
  return { clock, plane, failures };
};

it('a controller that meets a later metadata.version in its log ends, and says what to run', async () => {
  const { clock, plane, failures } = await open(await lastRunLater());

  plane.raft.start();
  for (let turn = 0; turn < 50 && failures.length === 0; turn += 1) {
    await drainPromises();
    await clock.settle(50);
  }
  await plane.raft.close();

  expect(failures).toEqual([
    expect.objectContaining({ code: 'UNSUPPORTED_VERSION', message: LINE }),
  ]);
  expect(plane.loader.image.metadataVersion).toBe(0);
});

it('a controller with a snapshot of a later metadata.version does not start, and says why', async () => {
  const machine = await lastRunLater();
  const data = MetadataSnapshot.encode({
    lastIndex: 1,
    lastTerm: 1,
    records: [metadataVersionRecord(LATER)],
    brokerStates: [],
  });
  await machine.use((store) => store.saveSnapshot({ index: 1, term: 1, data, voters: [] }));
  const { plane } = await open(machine);

  const start = () => plane.raft.start();

  expect(start).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_VERSION', message: LINE }));
  await plane.raft.close();
});
