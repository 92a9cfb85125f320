import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { bytesOf, GroupRig, settle, textOf } from './fixture.ts';

/** What a client process believes; its requests are sometimes late, repeated or wrong. */
interface Client {
  readonly instanceId: string | undefined;
  memberId: string;
  generation: number;
  /** Requests without an answer. */
  joinId: number | undefined;
  syncId: number | undefined;
  /** The generation that the open sync is for. */
  syncGeneration: number;
}

const WISHES = [
  ['range'],
  ['range', 'sticky'],
  ['sticky', 'range'],
  ['cooperative-sticky', 'range'],
];

/** One group under random members, silence, lost and failed writes, and moves of its coordinator. */
class RandomRun {
  readonly rig = new GroupRig({ maxMemberCount: 6 });
  readonly #random: SeededRandom;
  readonly #clients: Client[] = [];
  readonly #requests: number[] = [];
  #lastGeneration = 0;
  #commitCount = 0;
  /** Protocol of each generation that was told, since the last move of the coordinator. */
  readonly #protocols = new Map<number, string | undefined>();
  readonly #judged = new Set<number>();

  constructor(seed: number) {
    this.#random = new SeededRandom(`group-${seed}`);
  }

  step(): void {
    const { rig } = this;
    const random = this.#random;
    this.#learn();
    const client = this.#clients[random.below(Math.max(1, this.#clients.length))];
    switch (random.below(12)) {
      case 0:
        this.#start();
        break;
      case 1:
      case 2:
        if (client !== undefined) this.#join(client);
        break;
      case 3:
      case 4:
        if (client !== undefined) this.#sync(client);
        break;
      case 5:
        if (client !== undefined) rig.heartbeat(client.memberId, this.#standing(client));
        break;
      case 6:
        if (client !== undefined && random.chance(1, 3)) this.#stop(client);
        break;
      case 7:
        if (client !== undefined) this.#commit(client);
        break;
      case 8:
        rig.holdsWrites = random.chance(1, 2);
        break;
      case 9:
        if (rig.open.length > 0)
          rig.settleWrite(random.chance(1, 4) ? 'NOT_ENOUGH_REPLICAS' : 'NONE');
        break;
      case 10:
        if (random.chance(1, 20)) this.#moveCoordinator();
        break;
      default:
        rig.run(random.below(4000));
    }
    this.check();
  }

  /** All faults end and every client does what it should: the group must come to rest. */
  heal(): void {
    const { rig } = this;
    rig.holdsWrites = false;
    while (rig.open.length > 0) rig.settleWrite();
    rig.run(100_000);
    rig.run(100_000);
    this.#requests.push(rig.join());
    rig.run(4000);
    settle(rig);
    this.check();
  }

  /** The claims that hold after every event. */
  check(): void {
    const { rig } = this;
    const { members, state, leaderId, generation, pendingMemberIds } = rig.core;
    const parkedJoins = members.filter(({ parkedJoinId }) => parkedJoinId !== undefined);
    const parkedSyncs = members.filter(({ parkedSyncId }) => parkedSyncId !== undefined);
    expect(new Set(members.map(({ id }) => id)).size).toBe(members.length);
    const instances = members.flatMap(({ instanceId }) => instanceId ?? []);
    expect(new Set(instances).size).toBe(instances.length);
    expect(generation).toBeGreaterThanOrEqual(this.#lastGeneration);
    this.#lastGeneration = generation;
    if (state === 'empty') expect(members).toEqual([]);
    if (members.length > 0) expect(members.map(({ id }) => id)).toContain(leaderId);
    if (state !== 'preparingRebalance') expect(parkedJoins).toEqual([]);
    if (state !== 'completingRebalance') expect(parkedSyncs).toEqual([]);
    for (const member of members) {
      const isWatched = rig.timers.has(`member:${member.id}`);
      // One that waits here may have no session; one that does not must have one.
      expect(isWatched || member.isParked).toBe(true);
    }
    this.#judgeJoins();
    const known = new Set([...members.map(({ id }) => id), ...pendingMemberIds]);
    for (const key of rig.timers.keys()) {
      if (key.startsWith('member:')) expect(known).toContain(key.slice('member:'.length));
    }
    if (state === 'preparingRebalance') expect(rig.timers.has('join')).toBe(true);
  }

  /** Every request was answered. That none was answered twice the rig sees to. */
  checkAnswers(): void {
    this.rig.resign();
    for (const requestId of this.#requests) expect(this.rig.replies.has(requestId)).toBe(true);
  }

  /** All that were told of a generation were told the same, and one of them leads. */
  #judgeJoins(): void {
    for (const [requestId, reply] of this.rig.replies) {
      if (this.#judged.has(requestId)) continue;
      this.#judged.add(requestId);
      if (reply.kind !== 'join' || reply.code !== 'NONE') continue;
      const { generation, protocol, memberId, leader, members } = reply;
      if (!this.#protocols.has(generation)) this.#protocols.set(generation, protocol);
      expect(protocol).toBe(this.#protocols.get(generation));
      expect(members.length > 0).toBe(leader === memberId);
      if (members.length > 0) expect(members.map((each) => each.memberId)).toContain(memberId);
    }
  }

  /** A generation whose assignment was not stored is forgotten: its number may come again. */
  #moveCoordinator(): void {
    this.#judgeJoins();
    this.rig.moveCoordinator();
    this.#protocols.clear();
    this.#lastGeneration = 0;
  }

  #start(): void {
    if (this.#clients.length > 8) return;
    const instanceId = this.#random.chance(1, 3) ? `i${this.#random.below(3)}` : undefined;
    const client = {
      instanceId,
      memberId: '',
      generation: -1,
      joinId: undefined,
      syncId: undefined,
      syncGeneration: -1,
    };
    this.#clients.push(client);
    this.#join(client);
  }

  #stop(client: Client): void {
    this.#clients.splice(this.#clients.indexOf(client), 1);
    if (client.memberId === '' || this.#random.chance(1, 2)) return;
    this.rig.leave(this.#identity(client));
  }

  #join(client: Client): void {
    const wants = WISHES[this.#random.below(WISHES.length)] ?? [];
    const needsKnownMemberId = this.#random.chance(1, 2);
    const options = { ...this.#identity(client), wants, needsKnownMemberId };
    client.joinId = this.rig.join(options);
    this.#requests.push(client.joinId);
  }

  #sync(client: Client): void {
    if (client.memberId === '') return;
    const { generation } = client;
    const ids = this.rig.core.members.map(({ id }) => id);
    const assignments = new Map(ids.map((id) => [id, bytesOf(`${generation}`)]));
    client.syncId = this.rig.sync(client.memberId, { ...this.#standing(client), assignments });
    client.syncGeneration = generation;
    this.#requests.push(client.syncId);
  }

  /** A commit is taken of a member of the generation, and of nobody else. */
  #commit(client: Client): void {
    const { rig } = this;
    const generation = Math.max(0, client.generation);
    const current = rig.core.members.find(({ id }) => id === client.memberId);
    const mayCommit =
      current !== undefined &&
      generation === rig.core.generation &&
      rig.core.state !== 'completingRebalance' &&
      (client.instanceId === undefined || current.instanceId === client.instanceId);
    const openBefore = rig.open.length;
    const wasHolding = rig.holdsWrites;
    rig.holdsWrites = true;
    this.#commitCount += 1;
    const requestId = rig.commit(this.#commitCount, {
      ...this.#identity(client),
      generation,
    });
    this.#requests.push(requestId);
    expect(rig.open.length - openBefore).toBe(mayCommit ? 1 : 0);
    rig.holdsWrites = wasHolding;
    rig.perform([]);
  }

  #identity({ memberId, instanceId }: Client): { memberId: string; instanceId?: string } {
    return instanceId === undefined ? { memberId } : { memberId, instanceId };
  }

  #standing(client: Client): { memberId: string; instanceId?: string; generation: number } {
    return { ...this.#identity(client), generation: client.generation };
  }

  /** Clients take in what they were answered. */
  #learn(): void {
    for (const client of this.#clients) {
      const joined = client.joinId === undefined ? undefined : this.rig.joined(client.joinId);
      if (joined !== undefined) {
        client.joinId = undefined;
        const isLost = joined.code === 'UNKNOWN_MEMBER_ID' || joined.code === 'FENCED_INSTANCE_ID';
        client.memberId = isLost ? '' : joined.memberId;
        if (joined.code === 'NONE') client.generation = joined.generation;
      }
      const synced = client.syncId === undefined ? undefined : this.rig.synced(client.syncId);
      if (synced === undefined) continue;
      client.syncId = undefined;
      // The leader's bytes name the generation that they are for.
      const text = textOf(synced.assignment);
      if (synced.code === 'NONE' && text !== '') expect(text).toBe(`${client.syncGeneration}`);
    }
  }
}

describe('under random members, faults and moves of the coordinator', () => {
  test.each(Array.from({ length: 60 }, (_, seed) => seed))(
    'a group keeps its invariants, answers each request once, and comes to rest (seed %i)',
    (seed) => {
      const run = new RandomRun(seed);

      for (let step = 0; step < 400; step += 1) run.step();
      run.heal();

      expect(run.rig.core.state).toBe('stable');
      run.checkAnswers();
    },
  );
});
