import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { setTimeout as rest } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { REPOSITORY } from '../../../deploy/local/layout.ts';
import { splitCommitText } from '../../../src/client/handling/commit-text.ts';
import { decodeFinished } from '../../../src/client/handling/finished-text.ts';
import type { DevCluster } from '../../../src/testing/index.ts';
import { startDevCluster } from '../../../src/testing/index.ts';
import { tempDirs } from '../../support/temp-dir.ts';
import type { TextRecord } from './workload.ts';
import { fill, KEYS, PARTITIONS, timeOf } from './workload.ts';

const MEMBER = fileURLToPath(new URL('member.ts', import.meta.url));
const POISON = '7';
/** What any ending of a process, and the joining of another, takes. */
const PACE_MS = 100;

const makeTempDir = tempDirs();
const children: ChildProcess[] = [];
let cluster: DevCluster;

beforeAll(async () => {
  cluster = await startDevCluster({ config: { 'group.initial.rebalance.delay.ms': 0 } });
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await cluster.stop();
});

const startTopics = async (topic: string): Promise<string> => {
  const dead = `${topic}-dead`;
  await cluster.client.admin().createTopics([
    { name: topic, partitions: PARTITIONS },
    { name: dead, partitions: 1 },
  ]);
  return dead;
};

/** Keys of the dead letters, and what they were. */
const lettersIn = async (topic: string): Promise<Array<readonly [string, string]>> => {
  const found: Array<readonly [string, string]> = [];
  const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString();
  for await (const { key, value } of cluster.client.admin().deadLetters.list(topic)) {
    found.push([text(key), text(value)]);
  }
  return found;
};

const inOrder = (key: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${key}:${n}`);

/** There is no group before a first member has joined it. */
const absent = (error: { readonly code?: string }): undefined => {
  if (error.code !== 'GROUP_ID_NOT_FOUND') throw error;
};

interface Entry {
  readonly value: string;
  /** `partition/offset`. */
  readonly place: string;
  readonly endMs: number;
}

/** Processes that are members of one group, and what each life of one of them has handled. */
class Members {
  readonly lives: string[] = [];
  readonly #topic: string;
  readonly #dead: string;
  readonly #directory = makeTempDir();

  constructor(topic: string, dead: string) {
    this.#topic = topic;
    this.#dead = dead;
  }

  start(instanceId: string): ChildProcess {
    const life = joinPath(this.#directory, `life-${this.lives.length}`);
    this.lives.push(life);
    const words = [cluster.bootstrap, this.#topic, this.#dead, POISON, instanceId];
    const child = spawn(process.execPath, ['--import', 'tsx', MEMBER, ...words], {
      cwd: REPOSITORY,
      env: { ...process.env, JOURNAL: life },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    children.push(child);
    return child;
  }

  async end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    child.kill(signal);
    await once(child, 'exit');
  }

  /** In the order in which it ended. */
  handledBy(life: string | undefined): Entry[] {
    if (life === undefined || !existsSync(life)) return [];
    const lines = readFileSync(life, 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => {
      const [value = '', place = '', endMs] = line.split(' ');
      return { value, place, endMs: Number(endMs) };
    });
  }

  /** Resolves when this life has handled `count` more. */
  async untilMoreIn(life: string | undefined, count = 100): Promise<void> {
    const before = this.handledBy(life).length;
    while (this.handledBy(life).length < before + count) await rest(PACE_MS / 2);
  }

  get handled(): Entry[] {
    const all = this.lives.flatMap((life) => this.handledBy(life));
    return all.sort((left, right) => left.endMs - right.endMs);
  }

  /** Resolves when the group has so many members, and each has partitions. */
  async untilShared(count: number): Promise<void> {
    const { groups } = cluster.client.admin();
    for (;;) {
      const group = await groups.describe(this.#topic).catch(absent);
      const members = group?.members ?? [];
      const isShared = members.every(({ partitions }) => partitions.length > 0);
      if (group?.state === 'Stable' && members.length === count && isShared) return;
      await rest(PACE_MS);
    }
  }

  /** Whether the group takes this place for finished. */
  async finished(): Promise<(place: string) => boolean> {
    const offsets = await cluster.client.admin().groups.offsets(this.#topic);
    return (place) => {
      const [partition = 0, offset = 0] = place.split('/').map(Number);
      const committed = offsets.find((it) => it.partition === partition);
      if (committed === undefined) return false;
      const { finished } = splitCommitText(committed.metadata);
      const ranges = decodeFinished(committed.nextOffset, finished) ?? [];
      const isAbove = ranges.some(({ start, end }) => offset >= start && offset < end);
      return offset < committed.nextOffset || isAbove;
    };
  }
}

describe('a hundred keys, one of them poisoned', () => {
  it('by fifty at once are through at least 25 times faster than one by one, in the order of each key', async () => {
    const perKey = 30;
    const dead = await startTopics('speed');
    await fill(cluster.client, 'speed', { count: perKey });
    const { client } = cluster;
    const all = KEYS * perKey;
    const done: string[] = [];
    const handle = ({ key, value }: TextRecord): void => {
      if (key === POISON) throw new Error('poison');
      done.push(value ?? '');
    };

    const oneMs = (await timeOf(client, 'speed', { concurrency: 1, count: KEYS })) / KEYS;
    // What else the machine does only ever slows it down: the best of three groups counts.
    let best = 0;
    let runs = 0;
    for (; runs < 3 && best <= 25; runs += 1) {
      done.length = 0;
      // A group that has read before would be given less than all.
      const run = { concurrency: 50, count: all, groupId: `speed-all-${runs}` };
      const wholeMs = await timeOf(client, 'speed', { ...run, deadLetters: dead, handle });
      best = Math.max(best, oneMs / (wholeMs / all));
    }

    console.log(`one by one ${oneMs.toFixed(2)} ms a record, fifty at once ${best.toFixed(1)}x`);
    for (let key = 0; key < KEYS; key += 1) {
      const own = done.filter((value) => value.startsWith(`${key}:`));
      expect(own).toEqual(`${key}` === POISON ? [] : inOrder(`${key}`, perKey));
    }
    const letters = await lettersIn(dead);
    expect(letters).toHaveLength(perKey * runs);
    expect(letters.slice(0, perKey)).toEqual(
      inOrder(POISON, perKey).map((value) => [POISON, value]),
    );
    expect(best).toBeGreaterThan(25);
  });

  it('are handled once, in order, through three restarts and two rebalances, but for what was in flight', async () => {
    const dead = await startTopics('restarts');
    const members = new Members('restarts', dead);
    const stop = new AbortController();
    let perKey = 0;
    onTestFinished(async () => {
      stop.abort();
      await filling;
    });
    const filling = (async () => {
      while (!stop.signal.aborted) {
        await fill(cluster.client, 'restarts', { count: 1, first: perKey });
        perKey += 1;
        await rest(2 * PACE_MS);
      }
    })();

    /** What was handled and not committed when a process was killed: that may be repeated. */
    const inFlight = new Set<string>();
    const kill = async (child: ChildProcess, life: string | undefined): Promise<void> => {
      await members.end(child, 'SIGKILL');
      const isFinished = await members.finished();
      for (const { place } of members.handledBy(life)) {
        if (!isFinished(place)) inFlight.add(place);
      }
    };
    const one = members.start('one');
    const two = members.start('two');
    await members.untilShared(2);
    await members.untilMoreIn(members.lives[0]);
    await members.end(one, 'SIGTERM');
    const oneAgain = members.start('one');
    await members.untilMoreIn(members.lives[2]);
    await kill(two, members.lives[1]);
    members.start('two');
    await members.untilMoreIn(members.lives[3]);
    const guest = members.start('');
    await members.untilShared(3);
    await members.untilMoreIn(members.lives[4]);
    await kill(oneAgain, members.lives[2]);
    members.start('one');
    await members.untilMoreIn(members.lives[5]);
    await members.end(guest, 'SIGTERM');
    await members.untilShared(2);
    stop.abort();
    await filling;
    const { groups } = cluster.client.admin();
    while ((await groups.lag('restarts')).some(({ lagCount }) => lagCount > 0)) await rest(PACE_MS);
    const last = children
      .slice(-3)
      .filter(({ exitCode, signalCode }) => (exitCode ?? signalCode) === null);
    await Promise.all(last.map((child) => members.end(child, 'SIGTERM')));

    const { handled } = members;
    const places = new Set<string>();
    const firsts = handled.filter(({ place }) => !places.has(place) && places.add(place));
    const repeats = handled.filter((entry) => !firsts.includes(entry));
    console.log(
      `${firsts.length} handled, ${inFlight.size} in flight at two kills, ${repeats.length} repeated`,
    );
    expect(repeats.filter(({ place }) => !inFlight.has(place))).toEqual([]);
    expect(new Set(repeats.map(({ place }) => place)).size).toBe(repeats.length);
    for (let key = 0; key < KEYS; key += 1) {
      const own = firsts.filter(({ value }) => value.startsWith(`${key}:`));
      const expected = `${key}` === POISON ? [] : inOrder(`${key}`, perKey);
      expect(own.map(({ value }) => value)).toEqual(expected);
    }
    const letters = (await lettersIn(dead)).map(([, value]) => value);
    expect([...new Set(letters)]).toEqual(inOrder(POISON, perKey));
  });
});
