import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompatClient } from '../support/clients.ts';
import { Member, until } from '../support/member.ts';
import { mustRun } from '../support/run.ts';
import type { CompatSuite } from '../support/suite.ts';
import { named, slugOf } from '../support/suite.ts';
import type { SeenFetch } from '../support/tap.ts';
import { TappedNode } from '../support/tapped-node.ts';

const READ_COMMITTED = 1;
/** Records of each partition before anybody reads. */
const BEGUN = 3;
/** Who has waited for so long has not been answered at once. */
const PARKED_MS = 50;
const PATIENCE_MS = 30_000;
/** A slow disk may take longer for one record than a fetch waits. */
const ROUNDS = 30;
const IDLE_FETCHES = 2;
/** Timers of this and that process round. */
const ROUNDING_MS = 2;

/** How clients read, seen from between them and a node. */
export const fetchesSuite = (suite: CompatSuite): void => {
  describe('a fetch', () => {
    let started: TappedNode | undefined;
    const node: Node = () => {
      if (started === undefined) throw new Error('the node was not started');
      return started;
    };
    beforeAll(async () => {
      started = await TappedNode.start();
    }, 60_000);
    afterAll(() => started?.stop());

    const members = suite.clients.filter(({ member }) => member !== undefined);
    waitsAtTheBroker(node, members);
    namesWhatHasChanged(
      node,
      members.filter(({ hasFetchSessions }) => hasFetchSessions),
    );
    readsWhatIsCommitted(
      node,
      suite.consumers().filter(({ isWithoutIsolation }) => isWithoutIsolation !== true),
    );
  });
};

type Node = () => TappedNode;

const waitsAtTheBroker = (node: Node, clients: readonly CompatClient[]): void => {
  it.each(named(clients))(
    'of $name waits at the broker for a record, as long as it says and no longer',
    async ({ client }) => {
      const topic = `awaited-${slugOf(client)}`;
      const { tap } = node();
      let idle: readonly SeenFetch[] = [];
      let early: SeenFetch | undefined;

      await whileReading(node(), { client, topic, partitions: 1 }, async (member) => {
        tap.forget();
        const ended = () => tap.fetches.filter(({ answer }) => answer !== undefined);
        await until(
          () => ended().length >= IDLE_FETCHES,
          () => JSON.stringify(tap.fetches),
        );
        idle = ended();
        for (let round = 0; round < ROUNDS && early === undefined; round += 1) {
          const parked = await nextParked(node());
          await node().append(topic, [0]);
          await untilRead(member, BEGUN + round + 1);
          if (waitedMs(parked) < parked.maxWaitMs && hasRecords(parked)) early = parked;
        }
      });

      expect(idle.filter(hasRecords)).toEqual([]);
      expect(idle.filter((it) => waitedMs(it) < it.maxWaitMs - ROUNDING_MS)).toEqual([]);
      expect(early).toBeDefined();
    },
  );
};

const namesWhatHasChanged = (node: Node, clients: readonly CompatClient[]): void => {
  it.each(named(clients))(
    'of $name names only what has changed, and is told only what is new',
    async ({ client }) => {
      const topic = `followed-${slugOf(client)}`;
      let seen: readonly SeenFetch[] = [];

      await whileReading(node(), { client, topic, partitions: 3 }, async (member) => {
        await untilQuiet(node());
        await node().append(topic, [1]);
        await untilRead(member, 3 * BEGUN + 1);
        await untilQuiet(node());
        seen = [...node().tap.fetches];
      });

      const [opening, ...others] = lastSession(seen);
      expect(opening?.asked.toSorted()).toEqual([0, 1, 2]);
      expect(others.map(({ sessionEpoch }) => sessionEpoch)).toEqual(others.map((_, at) => at + 1));
      const bringing = others.findLastIndex(hasRecords);
      expect(told(others[bringing])).toEqual([1]);
      expect(others[bringing + 1]?.asked).toEqual([1]);
      expect(others.slice(bringing + 2).map(({ asked }) => asked)).toContainEqual([]);
      expect(others.slice(bringing + 1).flatMap(told)).toEqual([]);
    },
  );
};

const readsWhatIsCommitted = (node: Node, clients: readonly CompatClient[]): void => {
  it.each(named(clients))(
    'of $name for what is committed is given everything',
    async ({ client }) => {
      const topic = `committed-${slugOf(client)}`;
      const { tap } = node();
      await node().createTopic(topic, 1);
      await node().append(topic, [0, 0, 0]);
      tap.forget();

      const words = ['consume', tap.address, topic];
      const out = await mustRun([...(client.consumer ?? []), ...words]);

      expect(out.trim().split('\n')).toHaveLength(3);
      const answered = tap.fetches.flatMap(({ answer }) => answer?.partitions ?? []);
      expect(answered.some((it) => it.hasRecords)).toBe(true);
      expect(answered.every((it) => it.lastStableOffset === it.highWatermark)).toBe(true);
      expect(answered.every(({ abortedCount }) => abortedCount === 0)).toBe(true);
      const levels = tap.fetches.map(({ isolationLevel }) => isolationLevel);
      expect(new Set(levels)).toEqual(new Set([READ_COMMITTED]));
    },
  );
};

interface Reading {
  readonly client: CompatClient;
  readonly topic: string;
  readonly partitions: number;
}

/** Reads a topic in a group, first what it holds at the begin, and then while `watch` goes on. */
const whileReading = async (
  node: TappedNode,
  { client, topic, partitions }: Reading,
  watch: (member: Member) => Promise<void>,
): Promise<void> => {
  const begun = Array.from({ length: partitions * BEGUN }, (_, at) => at % partitions);
  await node.createTopic(topic, partitions);
  await node.append(topic, begun);
  node.tap.forget();
  const member = new Member([...(client.member ?? []), node.tap.address, topic, topic]);
  try {
    await untilRead(member, begun.length);
    await watch(member);
    await member.leave();
  } finally {
    await member.kill();
  }
};

const untilRead = (member: Member, count: number): Promise<void> =>
  until(
    () => member.read.length >= count,
    () => JSON.stringify({ read: member.read, errors: member.errors }),
  );

/** One that is held at the broker now. */
const nextParked = async ({ tap }: TappedNode): Promise<SeenFetch> => {
  for (const endMs = performance.now() + PATIENCE_MS; performance.now() < endMs; await sleep(5)) {
    const last = tap.fetches.at(-1);
    const isHeld = last !== undefined && last.answer === undefined;
    if (isHeld && performance.now() - last.atMs >= PARKED_MS) return last;
  }
  throw new Error(`no fetch is held: ${JSON.stringify(tap.fetches.slice(-10))}`);
};

const waitedMs = ({ atMs, answer }: SeenFetch): number =>
  (answer?.atMs ?? Number.POSITIVE_INFINITY) - atMs;

const told = (fetch: SeenFetch | undefined): number[] =>
  fetch?.answer?.partitions.map(({ partition }) => partition) ?? [];

const hasRecords = ({ answer }: SeenFetch): boolean =>
  answer?.partitions.some((it) => it.hasRecords) === true;

/** The newest that was answered asked for nothing and was told nothing. */
const untilQuiet = ({ tap }: TappedNode): Promise<void> =>
  until(
    () => {
      const last = tap.fetches.findLast(({ answer }) => answer !== undefined);
      return last !== undefined && last.asked.length === 0 && told(last).length === 0;
    },
    () => JSON.stringify(tap.fetches),
  );

/** The fetch that opened the newest session, and those within it. */
const lastSession = (fetches: readonly SeenFetch[]): SeenFetch[] => {
  const sessionId = fetches.findLast(({ answer }) => answer !== undefined)?.answer?.sessionId;
  return fetches.filter((it) =>
    it.sessionEpoch === 0 ? it.answer?.sessionId === sessionId : it.sessionId === sessionId,
  );
};
