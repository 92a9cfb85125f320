import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../src/app/connect.ts';
import type { OttlaClient } from '../../../src/client/client.ts';
import { METADATA_VERSION_MAX as NEWEST } from '../../../src/metadata/versions.ts';
import { tempDirs } from '../../support/temp-dir.ts';
import { Load, PARTITIONS, readAll, TOPIC } from './load.ts';
import type { Release } from './release.ts';
import { buildCommit, buildPresent, EARLIER, hasCommit } from './release.ts';
import { VersionedCluster } from './versioned-cluster.ts';

const LIMIT_MS = 20_000;
/** About a minute on a machine with nothing else to do. */
const LIMIT_OF_ALL_MS = 240_000;
/** What each partition takes, and the group reads, before the next step. */
const SOME_RECORDS = 10;

/** Stays longest with the earlier release; of equals the first voter is the next to lead. */
const OLD = 1;

const makeTempDir = tempDirs();
const ended: Array<() => Promise<void>> = [];

afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

const until = async (isSo: () => Promise<boolean>, what: string): Promise<void> => {
  const endMs = performance.now() + LIMIT_MS;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`still not: ${what}`);
    await sleep(50);
  }
};

interface Upgrade {
  readonly cluster: VersionedCluster;
  readonly client: OttlaClient;
  readonly load: Load;
}

const partitionsOf = async ({ client }: Upgrade) =>
  (await client.admin().describeTopic(TOPIC)).partitions;

const allInSync = (upgrade: Upgrade): Promise<void> =>
  until(
    async () => (await partitionsOf(upgrade)).every(({ isr }) => isr.length === 3),
    'every replica is in sync',
  );

/** Leaders return to who shall lead: two partitions a node. */
const ledAsPreferred = async (upgrade: Upgrade): Promise<void> => {
  await upgrade.client.admin().electLeaders();
  await until(
    async () =>
      (await partitionsOf(upgrade)).every(({ leader, replicas }) => leader === replicas[0]),
    'every partition is led by its preferred replica',
  );
};

/** Restarts whoever leads the quorum until one does that is meant. */
const controlledBy = async (
  upgrade: Upgrade,
  isMeant: (nodeId: number) => boolean,
): Promise<void> => {
  for (let tries = 0; tries < 8; tries += 1) {
    let active: number | undefined;
    await until(async () => {
      active = await upgrade.cluster.controllerId();
      return active !== undefined;
    }, 'a controller is active');
    if (active === undefined || isMeant(active)) return;
    await upgrade.cluster.restart(active);
    await allInSync(upgrade);
  }
  throw new Error('who is meant does not come to lead the quorum');
};

/** Two nodes of this release and one of the earlier one, all in sync. */
const upgradeTwo = async (upgrade: Upgrade, present: Release): Promise<void> => {
  for (const nodeId of [3, 2]) {
    await upgrade.cluster.restart(nodeId, present);
    await allInSync(upgrade);
  }
};

/** Nothing is raised yet: a node may go back to the release that it came from. */
const goBack = async (upgrade: Upgrade, from: Release, to: Release): Promise<void> => {
  for (const release of [to, from]) {
    await upgrade.cluster.restart(2, release);
    await allInSync(upgrade);
  }
};

/** Leaders of either release with followers of the other; then off the old node, and onto it. */
const moveLeaders = async (upgrade: Upgrade): Promise<void> => {
  const { cluster, load } = upgrade;
  await ledAsPreferred(upgrade);
  await load.progress(SOME_RECORDS);
  await cluster.stop(OLD);
  await load.progress(SOME_RECORDS);
  await cluster.start(OLD);
  await allInSync(upgrade);
  await ledAsPreferred(upgrade);
  await load.progress(SOME_RECORDS);
};

/** A controller of either release leads, and makes a topic. */
const moveController = async (upgrade: Upgrade): Promise<void> => {
  const { client, load } = upgrade;
  for (const isOld of [true, false]) {
    await controlledBy(upgrade, (nodeId) => (nodeId === OLD) === isOld);
    await client.admin().createTopic({ name: `by-the-${isOld ? 'old' : 'new'}`, partitions: 3 });
    await load.progress(SOME_RECORDS);
  }
};

const NEW_SETTING = { name: 'repeats', configs: { 'dedup.window.ms': '60000' } };

describe.skipIf(!hasCommit(EARLIER))(
  `a cluster of the earlier release ${EARLIER.slice(0, 7)}`,
  () => {
    let earlier: Release;
    let present: Release;

    beforeAll(async () => {
      earlier = await buildCommit(EARLIER, makeTempDir());
      present = await buildPresent(makeTempDir());
    });

    const start = async (): Promise<Upgrade> => {
      const cluster = await VersionedCluster.start(makeTempDir(), earlier);
      ended.push(() => cluster.end());
      const client = connect({ bootstrap: cluster.bootstrap });
      ended.unshift(() => client.close());
      const assignments = Array.from({ length: PARTITIONS }, (_, partition) =>
        [0, 1, 2].map((at) => 1 + ((partition + at) % 3)),
      );
      const configs = { 'min.insync.replicas': '2' };
      await client.admin().createTopic({ name: TOPIC, assignments, configs });
      const load = new Load(cluster.bootstrap);
      ended.unshift(() => load.close());
      await load.progress(SOME_RECORDS);
      return { cluster, client, load };
    };

    /** The command line of this release, as an operator has it. */
    const upgradeVerb = async ({ cluster }: Upgrade, ...words: string[]): Promise<string> => {
      const where = ['--bootstrap', cluster.bootstrap];
      const verb = [present.program, 'cluster', 'upgrade', ...words, ...where];
      const { stdout } = await promisify(execFile)(process.execPath, verb);
      return stdout;
    };

    it(
      'is brought to this one node by node under load, and raised, with nothing lost',
      async () => {
        const upgrade = await start();
        const { cluster, client, load } = upgrade;
        const { versions } = client.admin();

        await upgradeTwo(upgrade, present);
        await goBack(upgrade, present, earlier);
        await moveLeaders(upgrade);
        await moveController(upgrade);
        const early = await versions.raise({ to: 2 }).catch((error: Error) => error.message);
        const unknown = await client
          .admin()
          .createTopic(NEW_SETTING)
          .catch((error: Error) => error.message);
        await cluster.restart(OLD, present);
        await allInSync(upgrade);
        await until(
          async () => (await versions.describe()).possible === NEWEST,
          'every node knows the newest metadata.version',
        );
        const dryRun = await upgradeVerb(upgrade, '--to', `${NEWEST}`, '--dry-run');
        const raised = await upgradeVerb(upgrade, '--to', `${NEWEST}`);
        await client.admin().createTopic(NEW_SETTING);
        await load.progress(SOME_RECORDS);
        await load.end();
        const found = await readAll(cluster.bootstrap, load.acknowledged.length);
        // Gone back to the earlier release, a node is told why it cannot be of the cluster.
        await cluster.stop(OLD);
        cluster.node(OLD).release = earlier;
        const refused = await cluster.start(OLD).catch((error: Error) => error.message);
        cluster.node(OLD).release = present;
        await cluster.start(OLD);

        expect(early).toContain('controller 1 does not say which metadata.version it knows');
        expect(unknown).toContain('dedup.window.ms needs metadata.version 3, the cluster is at 1');
        expect(dryRun).toContain(`metadata.version would rise from 1 to ${NEWEST}`);
        expect(raised).toContain(`metadata.version rose from 1 to ${NEWEST}`);
        expect(refused).toContain('metadata.version');
        const missing = new Set(load.acknowledged);
        for (const value of found) missing.delete(value);
        expect([...missing]).toEqual([]);
        expect(found.length).toBe(new Set(found).size);
      },
      LIMIT_OF_ALL_MS,
    );
  },
);
