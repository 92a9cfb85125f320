import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { NodeShape } from '../../../deploy/local/layout.ts';
import { connect } from '../../../src/app/connect.ts';
import { raftDirectory } from '../../../src/app/directory.ts';
import { METADATA_VERSION_MAX } from '../../../src/metadata/versions.ts';
import { FileDisk } from '../../../src/platform/file-disk.ts';
import { levelStores } from '../../../src/platform/level-store.ts';
import { RaftStore } from '../../../src/raft/raft-store.ts';
import type { Restored } from '../../../src/raft/recovery.ts';
import { tempDirs } from '../../support/temp-dir.ts';
import type { Release } from './release.ts';
import { buildCommit, buildPresent, EARLIER, hasCommit } from './release.ts';
import { VersionedCluster } from './versioned-cluster.ts';

/** A voter of the configuration that is started when the voters have changed. */
const LATE = 1;
const SHAPE: readonly NodeShape[] = [
  { nodeId: LATE, roles: ['controller'] },
  { nodeId: 2, roles: ['controller', 'broker'] },
  { nodeId: 3, roles: ['controller', 'broker'] },
];
const LIMIT_MS = 120_000;

const makeTempDir = tempDirs();
const ended: Array<() => Promise<void>> = [];

afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

/** As its next start finds it. */
const storeOf = async (cluster: VersionedCluster, nodeId: number): Promise<Restored> => {
  const directory = raftDirectory(cluster.node(nodeId).logDir);
  const seams = { disk: new FileDisk(), stores: levelStores };
  const { store, restored } = await RaftStore.open(seams, directory);
  await store.close();
  return restored;
};

describe.skipIf(!hasCommit(EARLIER))(
  `a controller of the earlier release ${EARLIER.slice(0, 7)}`,
  () => {
    let earlier: Release;
    let present: Release;

    beforeAll(async () => {
      earlier = await buildCommit(EARLIER, makeTempDir());
      present = await buildPresent(makeTempDir());
    }, LIMIT_MS);

    it(
      'that comes late to changed voters is told why it cannot, and keeps nothing wrong of them',
      async () => {
        const others = { shape: SHAPE, nodeIds: [2, 3] };
        const cluster = await VersionedCluster.start(makeTempDir(), present, others);
        ended.push(() => cluster.end());
        const client = connect({ bootstrap: cluster.bootstrap });
        ended.unshift(() => client.close());
        const { quorum } = client.admin();
        await quorum.removeController(LATE);

        const said = await cluster.startInVain(LATE, earlier);
        const kept = await storeOf(cluster, LATE);
        cluster.node(LATE).release = present;
        await cluster.start(LATE);
        const { voters } = await quorum.addController(LATE);

        expect(said).toContain(`metadata.version ${METADATA_VERSION_MAX}`);
        expect(kept.distrust).toBeUndefined();
        expect(
          kept.entries.filter(({ payload, kind }) => kind === 'data' && payload.length === 0),
        ).toEqual([]);
        expect(voters.map(({ nodeId }) => nodeId).toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
      },
      LIMIT_MS,
    );
  },
);
