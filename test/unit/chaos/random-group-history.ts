import type { NewOperation } from '../../chaos/checker/history.ts';
import { History } from '../../chaos/checker/history.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

export const GROUP = 'g';
const KEYS = ['t-0', 't-1', 't-2'];
const STEP_COUNT = 400;

interface Member {
  process: string;
  generation: number;
  readonly keys: Set<string>;
  /** Next offset to handle, of what it has. */
  readonly next: Map<string, number>;
}

/** Of a commit or a fetch: it takes effect, or not, some time after it began. */
interface Open {
  readonly f: 'commit' | 'committed';
  readonly member: Member;
  readonly process: string;
  readonly generation: number;
  readonly invocation: number;
  readonly key: string;
  offset?: number;
  state: 'open' | 'done' | 'refused';
}

type Timeless<T> = T extends { timeMs: number } ? Omit<T, 'timeMs'> : never;

/** What a right cluster might show of a group: members come, go, die, and learn of it late. */
class RightGroup {
  readonly history = new History();
  readonly #random: SeededRandom;
  readonly #ends = new Map(KEYS.map((key) => [key, 0]));
  readonly #committed = new Map<string, number>();
  readonly #members: Member[] = [];
  readonly #open: Open[] = [];
  /** Who has what in the newest generation. */
  #shares = new Map<string, Member>();
  #generation = 0;
  #lives = 0;
  #timeMs = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    for (let at = 0; at < 3; at += 1) this.#join();
    this.#rebalance();
  }

  step(): void {
    const luck = this.#random.below(40);
    if (luck < 10) this.#append();
    else if (luck < 20) this.#handle(this.#pick(this.#members));
    else if (luck < 25) this.#beginCommit(this.#pick(this.#members));
    else if (luck < 27) this.#beginFetch(this.#pick(this.#members));
    else if (luck < 35) this.#progress();
    else if (luck < 38) this.#learn(this.#pick(this.#members));
    else if (luck < 39) this.#rebalance();
    else this.#replace(this.#random.below(this.#members.length));
  }

  /** Everything has an end, and one member after another handles what there is. */
  finish(): void {
    while (this.#open.length > 0) this.#progress();
    this.#rebalance();
    for (const member of this.#members) this.#learn(member);
    for (const [key, member] of this.#shares) {
      while ((member.next.get(key) ?? 0) < this.#endOf(key)) this.#handleKey(member, key);
      this.#commitAll(member, key);
    }
    this.#add({ f: 'drained', process: 'judge', type: 'ok', group: GROUP, keys: KEYS });
    const polled = KEYS.map((key) => ({ key, records: this.#records(key, 0, this.#endOf(key)) }));
    this.#add({ f: 'poll', process: 'final', type: 'ok', polled });
  }

  #join(): Member {
    this.#lives += 1;
    const process = `m.${this.#lives}`;
    const member: Member = { process, generation: 0, keys: new Set(), next: new Map() };
    this.#members.push(member);
    return member;
  }

  #append(): void {
    const key = this.#pick(KEYS);
    const sent = { key, value: `${key}:${this.#endOf(key)}` };
    const send = { f: 'send', process: 'w' } as const;
    const invocation = this.#add({ ...send, type: 'invoke', sent: [sent] });
    const offset = this.#endOf(key);
    this.#ends.set(key, offset + 1);
    this.#add({ ...send, type: 'ok', invocation, sent: [{ ...sent, offset }] });
  }

  /** Who has the newest shares learns of them at once, or later. Each is one member's. */
  #rebalance(): void {
    this.#generation += 1;
    this.#shares = new Map(KEYS.map((key) => [key, this.#pick(this.#members)]));
    for (const member of this.#members) if (this.#random.chance(1, 2)) this.#learn(member);
  }

  #learn(member: Member): void {
    if (member.generation === this.#generation) return;
    const { process } = member;
    const mine = KEYS.filter((key) => this.#shares.get(key) === member);
    // Whoever missed a generation has lost all it had; an eager member gives it up.
    const losesAll = member.generation < this.#generation - 1 || this.#random.chance(1, 2);
    this.#giveUp(member, losesAll ? KEYS : KEYS.filter((it) => !mine.includes(it)));
    member.generation = this.#generation;
    const generation = this.#generation;
    this.#add({ f: 'hold', type: 'ok', process, group: GROUP, generation, keys: mine });
    for (const key of mine) {
      if (!member.keys.has(key)) member.next.set(key, this.#committed.get(key) ?? 0);
      member.keys.add(key);
    }
  }

  #giveUp(member: Member, among: readonly string[]): void {
    const keys = among.filter((key) => member.keys.has(key));
    const release = { f: 'release', process: member.process, group: GROUP, keys } as const;
    for (const key of keys) member.keys.delete(key);
    if (this.#random.chance(1, 3)) this.#add({ ...release, type: 'info' });
    else {
      const invocation = this.#add({ ...release, type: 'invoke' });
      this.#add({ ...release, type: 'ok', invocation });
    }
  }

  /** It dies, or leaves; another comes, and the group shares out anew. */
  #replace(at: number): void {
    const [member] = this.#members.splice(at, 1);
    if (member === undefined) return;
    this.#giveUp(member, KEYS);
    this.#join();
    this.#rebalance();
  }

  #handle(member: Member): void {
    const key = this.#pickOr([...member.keys].filter((it) => this.#isBehind(member, it)));
    if (key !== undefined) this.#handleKey(member, key);
  }

  #handleKey(member: Member, key: string): void {
    const from = member.next.get(key) ?? 0;
    const to = Math.min(this.#endOf(key), from + 1 + this.#random.below(3));
    member.next.set(key, to);
    const polled = [{ key, records: this.#records(key, from, to) }];
    this.#add({ f: 'poll', process: member.process, type: 'ok', group: GROUP, polled });
  }

  #beginCommit(member: Member): void {
    const key = this.#pickOr([...member.keys]);
    const offset = member.next.get(key ?? '') ?? 0;
    if (key === undefined || offset === 0) return;
    const { process, generation } = member;
    const commit = { f: 'commit', process, group: GROUP, offsets: [{ key, offset }] } as const;
    const invocation = this.#add({ ...commit, type: 'invoke', generation });
    const about = { member, process, generation, invocation, key, offset };
    this.#open.push({ ...about, f: 'commit', state: 'open' });
  }

  #commitAll({ process, generation }: Member, key: string): void {
    const offsets = [{ key, offset: this.#endOf(key) }];
    const commit = { f: 'commit', process, group: GROUP, generation, offsets } as const;
    const invocation = this.#add({ ...commit, type: 'invoke' });
    this.#add({ ...commit, type: 'ok', invocation });
  }

  #beginFetch(member: Member): void {
    const { process, generation } = member;
    const key = this.#pick(KEYS);
    const fetch = { f: 'committed', process, group: GROUP, offsets: [] } as const;
    const invocation = this.#add({ ...fetch, type: 'invoke' });
    this.#open.push({
      member,
      f: 'committed',
      process,
      generation,
      invocation,
      key,
      state: 'open',
    });
  }

  /** One that is on its way takes effect or is refused; one that did is told of, or never is. */
  #progress(): void {
    const open = this.#pickOr(this.#open);
    if (open === undefined) return;
    if (open.state === 'open' && this.#isFirst(open)) this.#takeEffect(open);
    else if (open.state !== 'open' || this.#random.chance(1, 3)) this.#tell(open);
  }

  /** A member's commits arrive in their order. */
  #isFirst({ process, invocation, f }: Open): boolean {
    const earlier = this.#open.find(
      (it) => it.f === 'commit' && it.process === process && it.state === 'open',
    );
    return f === 'committed' || earlier?.invocation === invocation;
  }

  #takeEffect(open: Open): void {
    open.state = 'done';
    if (open.f === 'committed') {
      const committed = this.#committed.get(open.key);
      if (committed !== undefined) open.offset = committed;
    } else if (open.generation !== this.#generation) open.state = 'refused';
    else this.#committed.set(open.key, open.offset ?? 0);
  }

  #tell(open: Open): void {
    const { f, process, invocation, key, offset, state } = open;
    this.#open.splice(this.#open.indexOf(open), 1);
    const isLost = state === 'open' || this.#random.chance(1, 5);
    const type = isLost ? 'info' : state === 'done' ? 'ok' : 'fail';
    const common = { process, group: GROUP, type, invocation } as const;
    if (f === 'commit') this.#add({ ...common, f, offsets: [{ key, offset: offset ?? 0 }] });
    else {
      const told = offset === undefined ? { key } : { key, offset };
      this.#add({ ...common, f, offsets: type === 'ok' ? [told] : [] });
    }
  }

  #records(key: string, from: number, to: number): Array<readonly [number, string]> {
    return Array.from({ length: to - from }, (_, at) => [from + at, `${key}:${from + at}`]);
  }

  #isBehind({ next }: Member, key: string): boolean {
    return (next.get(key) ?? 0) < this.#endOf(key);
  }

  #endOf(key: string): number {
    return this.#ends.get(key) ?? 0;
  }

  #pick<T>(choices: readonly T[]): T {
    const chosen = this.#pickOr(choices);
    if (chosen === undefined) throw new Error('there is nothing to choose from');
    return chosen;
  }

  #pickOr<T>(choices: readonly T[]): T | undefined {
    return choices[this.#random.below(Math.max(1, choices.length))];
  }

  #add(operation: Timeless<NewOperation>): number {
    this.#timeMs += 1;
    return this.history.add({ ...operation, timeMs: this.#timeMs });
  }
}

/** A clean history of a group of three on three partitions, which it drains in the end. */
export const randomGroupHistory = (seed: number): History => {
  const group = new RightGroup(seed);
  for (let count = 0; count < STEP_COUNT; count += 1) group.step();
  group.finish();
  return group.history;
};
