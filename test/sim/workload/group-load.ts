import { sleep } from '../../../src/env/clock.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { WorkloadContext } from './context.ts';
import { keyOf } from './context.ts';
import type { GroupPlan, MemberPlan } from './group-plan.ts';
import { SimMember } from './sim-member.ts';

const LOOK_MS = 2500;
const MEMBER_LIFE_MS = 20_000;
const MEMBER_AWAY_MS = 8000;

/** One consumer group whose members come, leave, crash and are back; and one that looks at it. */
export class GroupLoad {
  readonly plan: GroupPlan;
  readonly #context: WorkloadContext;
  readonly #random: SeededRandom;
  readonly #members = new Map<string, SimMember>();
  #lifeCount = 0;
  #isCalm = false;
  #isOver = false;

  constructor(context: WorkloadContext, plan: GroupPlan, random: SeededRandom) {
    this.#context = context;
    this.plan = plan;
    this.#random = random;
  }

  start(): void {
    for (const member of this.plan.members) void this.#keepLiving(member);
    void this.#keepLooking();
  }

  /** Nobody comes or goes any more, and who is there makes haste; one that lives is enough. */
  calm(): void {
    this.#isCalm = true;
    const living = [...this.#members.values()].filter(({ isOver }) => !isOver);
    for (const member of living) member.isHurried = true;
  }

  stop(): void {
    this.#isOver = true;
    for (const member of this.#members.values()) member.kill();
  }

  /** What has been told as committed reaches `ends` (by key); the group has handled all of it. */
  async untilDrained(ends: ReadonlyMap<string, number>, limitMs: number): Promise<void> {
    const { world, history } = this.#context;
    let last: ReadonlyMap<string, number> = new Map();
    let isDrained = false;
    const look = async (): Promise<void> => {
      while (!isDrained && !this.#isOver) {
        last = (await this.#fetchCommitted()) ?? last;
        isDrained = [...ends].every(([key, end]) => (last.get(key) ?? 0) >= end);
        await sleep(world.clock, 500);
      }
    };
    void look();
    await world.until(() => isDrained, limitMs, 200);
    const { groupId: group } = this.plan;
    if (!isDrained) {
      const missing = [...ends].filter(([key, end]) => (last.get(key) ?? 0) < end);
      const what = missing.map(([key, end]) => `${key} at ${last.get(key) ?? 0} of ${end}`).join();
      world.observer.violate('liveness', `group ${group} has not handled ${what}`);
      world.throwIfViolated();
    }
    const keys = [...ends.keys()];
    history.add({ f: 'drained', type: 'ok', process: 'sim', group, keys, timeMs: world.nowMs });
  }

  /** One life after another, each with an end of its own kind. */
  async #keepLiving(plan: MemberPlan): Promise<void> {
    const { world } = this.#context;
    const random = this.#random.fork(plan.name);
    await sleep(world.clock, plan.joinsAtMs);
    while (!this.#isOver) {
      const member = this.#begin(plan, random);
      await this.#untilItsEnd(member, 1000 + random.below(MEMBER_LIFE_MS));
      if (member.isOver) continue;
      if (random.chance(1, 2)) member.kill();
      else await member.leave();
      const awayMs = random.below(random.chance(1, 2) ? 500 : MEMBER_AWAY_MS);
      await sleep(world.clock, this.#isCalm ? 100 : awayMs);
    }
  }

  /** Its time, unless there is calm: then it stays for good, or until it gives up. */
  async #untilItsEnd(member: SimMember, lifeMs: number): Promise<void> {
    const { world } = this.#context;
    const endMs = world.nowMs + lifeMs;
    const mayGoOn = (): boolean => this.#isCalm || world.nowMs < endMs;
    while (!this.#isOver && !member.isOver && mayGoOn()) await sleep(world.clock, 500);
  }

  #begin(member: MemberPlan, random: SeededRandom): SimMember {
    const { world } = this.#context;
    this.#lifeCount += 1;
    const life = new SimMember(this.#context, {
      client: world.client(member.name),
      process: `${member.name}.${this.#lifeCount}`,
      random: random.fork('life'),
      group: this.plan,
      member,
    });
    life.isHurried = this.#isCalm;
    this.#members.set(member.name, life);
    life.start();
    return life;
  }

  async #keepLooking(): Promise<void> {
    const { world } = this.#context;
    while (!this.#isCalm) {
      await sleep(world.clock, this.#random.below(2 * LOOK_MS));
      if (!this.#isCalm) await this.#fetchCommitted();
    }
  }

  /** By key, what the group is told to have committed; undefined where nobody tells. */
  async #fetchCommitted(): Promise<ReadonlyMap<string, number> | undefined> {
    const { world, history, topics } = this.#context;
    const {
      groupId: group,
      topics: [first],
    } = this.plan;
    const kept = topics.filter(({ name }) => name === first);
    const about = { f: 'committed', process: `${group}.looks`, group } as const;
    const invocation = history.add({ ...about, type: 'invoke', offsets: [], timeMs: world.nowMs });
    const keys = kept.flatMap((topic) =>
      Array.from({ length: topic.partitionCount }, (_, partition) => ({
        name: `${topic.name}/${partition}`,
        key: keyOf(topic, partition),
      })),
    );
    const admin = world.client('admin').sdk.admin();
    const found = await admin.groups.offsets(group, { timeoutMs: 5000 }).catch(() => undefined);
    const timeMs = world.nowMs;
    if (found === undefined) {
      history.add({ ...about, type: 'info', invocation, offsets: [], timeMs });
      return undefined;
    }
    const told = new Map(found.map((at) => [`${at.topic}/${at.partition}`, at.nextOffset]));
    const offsets = keys.map(({ name, key }) => {
      const offset = told.get(name);
      return offset === undefined ? { key } : { key, offset };
    });
    history.add({ ...about, type: 'ok', invocation, offsets, timeMs });
    return new Map(
      offsets.flatMap(({ key, offset }) => (offset === undefined ? [] : [[key, offset]])),
    );
  }
}
