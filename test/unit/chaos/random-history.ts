import type { NewOperation } from '../../chaos/checker/history.ts';
import { History } from '../../chaos/checker/history.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const KEYS = ['t-0', 't-1'];
const WRITER_COUNT = 3;
const OPEN_MAX = 4;
const STEP_COUNT = 260;

interface Entry {
  readonly offset: number;
  readonly value: string;
}

/** A send on its way: it takes effect, or not, some time after it began. */
interface OpenSend {
  readonly process: string;
  readonly invocation: number;
  readonly sent: ReadonlyArray<{ key: string; value: string; offset?: number }>;
  state: 'open' | 'inLog' | 'refused';
  isTold: boolean;
}

interface ReaderState {
  process: string;
  keys: readonly string[];
  /** Index of the next entry by key. */
  readonly next: Map<string, number>;
}

type Timeless<T> = T extends { timeMs: number } ? Omit<T, 'timeMs'> : never;

/** What a right cluster might show: clients take turns at random, and sends overlap. */
class RightCluster {
  readonly history = new History();
  readonly #random: SeededRandom;
  readonly #logs = new Map<string, Entry[]>(KEYS.map((key) => [key, []]));
  readonly #sends: OpenSend[] = [];
  readonly #early: ReaderState = { process: 'early', keys: KEYS, next: new Map() };
  readonly #restless: ReaderState = { process: 'restless.1', keys: KEYS, next: new Map() };
  #timeMs = 0;
  #valueCount = 0;
  #lives = 1;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#assign(this.#early, KEYS);
    this.#assign(this.#restless, KEYS);
  }

  step(): void {
    const luck = this.#random.below(20);
    if (luck < 7) this.#begin(`w${this.#random.below(WRITER_COUNT)}`);
    else if (luck < 12) this.#takeEffect();
    else if (luck < 16) this.#tell();
    else if (luck < 17) this.#changeReader(this.#restless);
    else this.#poll(luck < 19 ? this.#early : this.#restless);
  }

  /** Every send has an end, and a last reader sees everything. */
  finish(): void {
    while (this.#takeEffect());
    while (this.#tell());
    const last: ReaderState = { process: 'final', keys: KEYS, next: new Map() };
    this.#assign(last, KEYS);
    for (const key of KEYS) while (this.#isBehind(last, key)) this.#pollKeys(last, [key], 'ok');
  }

  /** To one key, or as one whole to both. */
  #begin(process: string): void {
    const open = this.#sends.filter((send) => send.process === process && !send.isTold);
    if (open.length >= OPEN_MAX) return;
    const keys = this.#random.chance(1, 5) ? KEYS : [this.#pick(KEYS)];
    const sent = keys.map((key) => {
      this.#valueCount += 1;
      return { key, value: `v${this.#valueCount}` };
    });
    const invocation = this.#add({ f: 'send', process, type: 'invoke', sent });
    this.#sends.push({ process, invocation, sent, state: 'open', isTold: false });
  }

  /** The oldest of a process first: a partition keeps their order. */
  #takeEffect(): boolean {
    const send = this.#pickOr(this.#sends.filter((it) => this.#isFirstOpen(it)));
    if (send === undefined) return false;
    if (this.#random.chance(1, 8)) send.state = 'refused';
    else {
      for (const part of send.sent) part.offset = this.#append(part);
      send.state = 'inLog';
    }
    return true;
  }

  #isFirstOpen({ process, invocation }: OpenSend): boolean {
    const first = this.#sends.find((it) => it.process === process && it.state === 'open');
    return first?.invocation === invocation;
  }

  /** Its sender hears of it, or never will: that may be before it takes effect. */
  #tell(): boolean {
    const send = this.#pickOr(this.#sends.filter(({ isTold }) => !isTold));
    if (send === undefined) return false;
    const { process, invocation, state } = send;
    const isLost = state === 'open' || this.#random.chance(1, 5);
    if (state === 'open' && !this.#random.chance(1, 4)) return true;
    const type = isLost ? 'info' : state === 'inLog' ? 'ok' : 'fail';
    const sent = type === 'ok' ? send.sent : send.sent.map(({ key, value }) => ({ key, value }));
    this.#add({ f: 'send', process, type, invocation, sent: sent.map((it) => ({ ...it })) });
    send.isTold = true;
    return true;
  }

  #poll(reader: ReaderState): void {
    const keys = reader.keys.filter((key) => this.#isBehind(reader, key));
    const chosen = this.#random.chance(1, 3) ? keys : keys.slice(0, 1);
    // What a poll that did not come to an end has shown is shown again.
    if (chosen.length > 0)
      this.#pollKeys(reader, chosen, this.#random.chance(1, 6) ? 'info' : 'ok');
  }

  #pollKeys(reader: ReaderState, keys: readonly string[], type: 'ok' | 'info'): void {
    const { process, next } = reader;
    const polled = keys.map((key) => {
      const from = next.get(key) ?? 0;
      const entries = this.#logOf(key).slice(from, from + 1 + this.#random.below(3));
      if (type === 'ok') next.set(key, from + entries.length);
      return { key, records: entries.map(({ offset, value }) => [offset, value] as const) };
    });
    this.#add({ f: 'poll', process, type, polled });
  }

  /** Another process from the beginning, or other keys: one that it comes back to begins anew. */
  #changeReader(reader: ReaderState): void {
    if (this.#random.chance(1, 3)) {
      this.#lives += 1;
      reader.process = `restless.${this.#lives}`;
      reader.next.clear();
    }
    this.#assign(reader, this.#random.chance(1, 2) ? KEYS : [this.#pick(KEYS)]);
  }

  #assign(reader: ReaderState, keys: readonly string[]): void {
    reader.keys = keys;
    for (const key of KEYS) if (!keys.includes(key)) reader.next.delete(key);
    this.#add({ f: 'assign', process: reader.process, type: 'ok', keys });
  }

  #isBehind({ next }: ReaderState, key: string): boolean {
    return (next.get(key) ?? 0) < this.#logOf(key).length;
  }

  /** Control batches leave gaps. */
  #append({ key, value }: { readonly key: string; readonly value: string }): number {
    const log = this.#logOf(key);
    const offset = (log.at(-1)?.offset ?? -1) + (this.#random.chance(1, 8) ? 2 : 1);
    log.push({ offset, value });
    return offset;
  }

  #logOf(key: string): Entry[] {
    return this.#logs.get(key) ?? [];
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

/** A clean history: some 90 sends by three writers, three readers of which the last sees it all. */
export const randomHistory = (seed: number): History => {
  const cluster = new RightCluster(seed);
  for (let count = 0; count < STEP_COUNT; count += 1) cluster.step();
  cluster.finish();
  return cluster.history;
};
