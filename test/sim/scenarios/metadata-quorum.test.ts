import { afterEach, describe, expect, it } from 'vitest';
import { nameOf } from '../world/machine.ts';
import type { World } from '../world.ts';
import { APART, quorumOf, raftOf, worldWithTopic } from './scenario.ts';

let world: World;

afterEach(() => world.close());

/** So many partitions that the entry needs a message of its own. */
const LARGE = 48;

/** Asks for a topic; nobody waits for the answer, which may never come. */
const askForTopic = (name: string, partitions: number): void => {
  const admin = world.client('admin').sdk.admin();
  admin.createTopic({ name, partitions, replicationFactor: 3 }).catch(() => {});
};

const isKnown = (name: string): boolean => world.observer.truth.topicIdsByName.has(name);

describe('the metadata quorum', () => {
  // Source: thesis 10.2.1; etcd/raft, "no message leaves before what it promises is durable".
  it.each(['its leader', 'a follower'])(
    'commits nothing that is on the disk of %s alone',
    async (who) => {
      world = await worldWithTopic(APART);
      const { leader, others } = quorumOf(world);
      const stuck = who === 'its leader' ? others : [leader, others[0]];
      for (const nodeId of stuck) world.machine(nodeId).holdSyncs();

      askForTopic('u', 1);
      await world.advance(500);
      const wasKnown = isKnown('u');
      for (const nodeId of stuck) world.machine(nodeId).releaseSyncs();
      await world.until(() => isKnown('u'), 30_000);
      await world.settle();

      expect([wasKnown, isKnown('u')]).toEqual([false, true]);
    },
  );

  // Source: Raft, figure 8.
  it('commits an entry of an older term only behind one of the own term', async () => {
    world = await worldWithTopic(APART, { latencyMs: { min: 3, max: 5 } });
    const { leader: first, others } = quorumOf(world);
    // The first leader alone has a large entry when it goes down.
    const before = raftOf(world, first)?.lastIndex ?? 0;
    world.cut(first, others);
    askForTopic('u', LARGE);
    await world.until(() => (raftOf(world, first)?.persistedIndex ?? 0) > before, 1000, 1);
    const entryIndex = raftOf(world, first)?.lastIndex ?? 0;
    world.crash(first);
    world.heal();

    // The second one alone has the first entry of its own term when it goes down.
    const leads = (nodeId: number): boolean => raftOf(world, nodeId)?.role === 'leader';
    await world.until(() => others.some(leads), 20_000, 1);
    const [second, third] = leads(others[0]) ? others : [others[1], others[0]];
    world.cut(second, [third]);
    const isOwnEntryDurable = (): boolean => {
      const status = raftOf(world, second);
      return status !== undefined && status.persistedIndex === status.lastIndex;
    };
    await world.until(isOwnEntryDurable, 1000, 1);
    world.crash(second);

    // The first one leads again and hands on its old entry, but not yet that of its new term.
    world.heal();
    world.start(first);
    const hasOldEntry = (): boolean => (raftOf(world, third)?.persistedIndex ?? 0) >= entryIndex;
    await world.until(() => leads(first) && hasOldEntry(), 20_000, 1);
    world.network.clog(nameOf(first), nameOf(third), 60_000);
    await world.advance(20);
    world.crash(first);
    world.heal();

    // The second one may lead now, and its entry takes the place of the old one.
    world.start(second);
    await world.until(() => leads(second) || leads(third), 20_000);
    world.start(first);
    await world.settle();

    expect(world.violation).toBeUndefined();
  });

  // Source: etcd #14370; replication.md 4, bug 46.
  it('of a single voter commits nothing before its disk has it', async () => {
    world = await worldWithTopic({ brokers: [1, 2, 3], controllers: [4] });
    world.machine(4).holdSyncs();

    askForTopic('u', 1);
    await world.advance(1000);
    const wasKnown = isKnown('u');
    world.powerCut([4], 'what was synced');
    world.healAll();
    await world.settle();

    expect(wasKnown).toBe(false);
  });

  // Source: KAFKA-15489; replication.md 4, bug 21.
  it('leaves a leader that is heard by all and hears no one', async () => {
    world = await worldWithTopic(APART);
    const { leader, others } = quorumOf(world);

    for (const nodeId of others) world.cutOneWay(nodeId, leader);
    const hasResigned = (): boolean => raftOf(world, leader)?.role !== 'leader';
    const isLedAnew = (): boolean => others.some((id) => raftOf(world, id)?.role === 'leader');
    const isDone = await world.until(() => hasResigned() && isLedAnew(), 20_000);
    askForTopic('u', 1);
    await world.until(() => isKnown('u'), 30_000);
    world.heal();
    await world.settle();

    expect([isDone, isKnown('u')]).toEqual([true, true]);
  });

  // Source: Redpanda #17957; replication.md 4, bug 52.
  it('keeps what followed a message that comes once more, late', async () => {
    world = await worldWithTopic(APART);
    const { leader, others } = quorumOf(world);
    const [follower, slow] = others;
    // Only one disk of three syncs, so that nothing is committed, and all that came could be cut.
    for (const nodeId of [leader, slow]) world.machine(nodeId).holdSyncs();
    let repeatedCount = 0;
    world.network.repeatAfterMs = (path) => {
      if (!path.endsWith('/Exchange')) return undefined;
      repeatedCount += 1;
      return 40;
    };

    const { commitIndex = 0 } = raftOf(world, follower) ?? {};
    for (const name of ['u', 'v', 'w']) {
      askForTopic(name, 1);
      await world.advance(15);
    }
    await world.advance(60);
    const after = raftOf(world, follower);
    const uncommittedCount = (after?.lastIndex ?? 0) - (after?.commitIndex ?? 0);
    world.heal();
    for (const nodeId of [leader, slow]) world.machine(nodeId).releaseSyncs();
    await world.until(() => ['u', 'v', 'w'].every(isKnown), 30_000);
    await world.settle();

    expect(after?.commitIndex).toBe(commitIndex);
    expect(uncommittedCount).toBeGreaterThan(1);
    expect(repeatedCount).toBeGreaterThan(3);
    expect(['u', 'v', 'w'].map(isKnown)).toEqual([true, true, true]);
  });

  // Source: Raft, figure 3: leader completeness.
  it('is led only by who has all that is committed', async () => {
    world = await worldWithTopic(APART);
    for (const name of ['u', 'v', 'w', 'x']) {
      const { leader, others } = quorumOf(world);
      const [behind, upToDate] = others;
      // One voter is cut off while the other two commit; then their leader is gone.
      world.cut(behind, [leader, upToDate]);
      await world.createTopic(name, 1, {});
      world.crash(leader);
      world.heal();
      const leads = (nodeId: number): boolean => raftOf(world, nodeId)?.role === 'leader';
      await world.until(() => leads(behind) || leads(upToDate), 20_000, 1);
      expect([leads(behind), leads(upToDate)]).toEqual([false, true]);
      world.start(leader);
      await world.settle();
    }
  });

  // Source: Raft, figure 3: election safety.
  it('has one leader in a term, however many campaign at once', async () => {
    world = await worldWithTopic(APART, { latencyMs: { min: 100, max: 110 } });
    for (let round = 0; round < 4; round += 1) {
      const { leader, others } = quorumOf(world);
      const termOf = (): number => Math.max(...others.map((id) => raftOf(world, id)?.term ?? 0));
      const before = termOf();
      world.crash(leader);
      const isLed = (): boolean => others.some((id) => raftOf(world, id)?.role === 'leader');
      await world.until(isLed, 30_000);

      expect(termOf()).toBeGreaterThan(before);
      world.start(leader);
      await world.settle();
    }
  });
});
