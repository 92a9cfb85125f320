import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../../src/app/config.ts';
import { encodeIdentity, readIdentity } from '../../../src/app/directory.ts';
import { MetadataPlane } from '../../../src/app/quorum.ts';
import { restoreVote } from '../../../src/app/restore-vote.ts';
import { replaceFile } from '../../../src/env/disk.ts';
import type { Env } from '../../../src/env/env.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import type { Entry } from '../../../src/raft/core/entry.ts';
import type { Voter } from '../../../src/raft/core/voters.ts';
import { initialiseRaftStore, RaftStore } from '../../../src/raft/raft-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { MemoryStores } from '../../support/memory-store.ts';
import { MemoryNetwork } from '../../support/memory-transport.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const CLUSTER = 'clusterAAAAAAAAAAAAAAA';
const DIRECTORY = 'directoryAAAAAAAAAAAAA';
const RAFT = '/data/raft';

const envOf = (disk: MemoryDisk): Env => {
  const clock = new ManualClock();
  const random = new SeededRandom(1);
  const transport = new MemoryNetwork({ clock, random }).transportFor('n1');
  const env = { clock, random, disk, stores: new MemoryStores(), transport, logger: silentLogger };
  return env as unknown as Env;
};

const optionsOf = (env: Env, voters: string) => ({
  env,
  config: resolveConfig({
    overrides: [
      'process.roles=controller',
      'node.id=1',
      `controller.quorum.voters=${voters}`,
      'listeners=PEER://n1:7190',
      'log.dirs=/data',
    ],
  }),
  clusterId: CLUSTER,
  directoryId: DIRECTORY,
  onFatal: () => {},
});

const newDirectory = async (isNewcomer: boolean): Promise<{ disk: MemoryDisk; env: Env }> => {
  const disk = new MemoryDisk({ directories: ['/data'] });
  await initialiseRaftStore(disk, RAFT, { isNewcomer, directoryId: DIRECTORY });
  return { disk, env: envOf(disk) };
};

const storeEntry = async (env: Env, entry: Entry): Promise<void> => {
  const { store } = await RaftStore.open(env, RAFT);
  const hardState = { term: 1, votedFor: undefined };
  const rest = { seq: 1, snapshot: undefined, truncateFrom: undefined };
  await store.persist([{ ...rest, hardState, entries: [entry] }]);
  await store.close();
};

describe('a controller with a new directory in the place of a lost one', () => {
  it('is told to name others, where its configuration names it alone', async () => {
    const { env } = await newDirectory(true);

    const opened = MetadataPlane.open(optionsOf(env, '1@n1:7190'));

    await expect(opened).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('name controllers that joined since'),
    });
  });

  it('is told so as well where it has followed, and gets no vote by force', async () => {
    const { disk, env } = await newDirectory(true);
    const identity = { clusterId: CLUSTER, nodeId: 1, directoryId: DIRECTORY, requires: [] };
    await replaceFile(disk, '/data/meta.json', encodeIdentity(identity));
    await storeEntry(env, { index: 1, term: 1, kind: 'data', payload: Buffer.from('a') });
    const options = optionsOf(env, '1@n1:7190');

    const started = await MetadataPlane.open(options).catch((error: Error) => error.message);
    const restored = restoreVote(env, options.config, { acceptsLoss: true });

    await expect(restored).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('from other voters, which may hold more'),
    });
    expect(started).toContain('name controllers that joined since');
  });

  it('observes, where others are named', async () => {
    const { env } = await newDirectory(true);

    const { raft } = await MetadataPlane.open(optionsOf(env, '1@n1:7190,2@n2:7190,3@n3:7190'));

    expect(raft.status().role).toBe('observer');
    await raft.close();
  });
});

describe('meta.json from a backup that was taken before the voters changed', () => {
  it('says again at the next start that older versions must not start', async () => {
    const { disk, env } = await newDirectory(false);
    const identity = { clusterId: CLUSTER, nodeId: 1, directoryId: DIRECTORY, requires: [] };
    await replaceFile(disk, '/data/meta.json', encodeIdentity(identity));
    const voters: Voter[] = [1, 2].map((id) => ({
      id,
      directoryId: `d${id}`,
      address: `n${id}:1`,
    }));
    const payload = new Uint8Array(0);
    await storeEntry(env, { index: 1, term: 1, kind: 'voters', payload, voters });

    const { raft } = await MetadataPlane.open(optionsOf(env, '1@n1:7190'));
    await raft.close();

    expect(readIdentity(disk, '/data')?.requires).toEqual(['raft.voters']);
  });
});
