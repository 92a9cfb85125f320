import { setTimeout as sleep } from 'node:timers/promises';
import type { AssignorName, OttlaClient } from '../../../src/index.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { keyOf, PARTITION_COUNT, TOPIC } from '../run-settings.ts';
import { GroupMember } from './group-member.ts';
import type { Recorder } from './recorder.ts';

/** How a member ends its lives: never before the load does, in order, or without a word. */
export type MemberHabit = 'stays' | 'leaves' | 'dies';

export interface GroupLoadOptions {
  readonly group: string;
  readonly assignor: AssignorName;
  /** One member each. */
  readonly members: readonly MemberHabit[];
  readonly bootstrap: string;
  readonly recorder: Recorder;
  readonly random: SeededRandom;
}

/** Who in a history asks what a group has committed when all is over. */
const AUDITOR = 'auditor';
const LIFE_MIN_MS = 12_000;
const LIFE_SPREAD_MS = 12_000;
const AWAY_MAX_MS = 3_000;
const DRAIN_TIMEOUT_MS = 60_000;
const DRAIN_POLL_MS = 100;
const TIMEOUT_MS = 30_000;

/** A consumer group whose members come and go. */
export class GroupLoad {
  readonly #options: GroupLoadOptions;
  readonly #stop = new AbortController();
  /** No member leaves or dies any more. */
  #isSettling = false;

  constructor(options: GroupLoadOptions) {
    this.#options = options;
  }

  /** Until `stop`; every operation of its members has an end when it resolves. */
  async run(): Promise<void> {
    const { members } = this.#options;
    await Promise.all(members.map((habit, at) => this.#runMember(habit, `${habit}-${at + 1}`)));
  }

  /** From now on its members stay. */
  settle(): void {
    this.#isSettling = true;
  }

  stop(): void {
    this.#stop.abort();
  }

  /**
   * Waits, once nobody sends any more, until the group has committed everything, and notes that it
   * has; false when that takes too long.
   */
  async drain(client: OttlaClient): Promise<boolean> {
    const { recorder, group } = this.#options;
    const questions = PARTITIONS.map(
      (partition) => ({ topic: TOPIC, partition, at: 'latest' }) as const,
    );
    const ends = await client.admin().listOffsets(questions, { timeoutMs: TIMEOUT_MS });
    const deadlineMs = recorder.nowMs() + DRAIN_TIMEOUT_MS;
    while (recorder.nowMs() < deadlineMs) {
      const committed = await this.#askCommitted(client);
      if (ends.every(({ partition, offset = 0 }) => (committed.get(partition) ?? 0) >= offset)) {
        const timeMs = recorder.nowMs();
        const keys = PARTITIONS.map(keyOf);
        recorder.add({ f: 'drained', type: 'ok', process: AUDITOR, group, timeMs, keys });
        return true;
      }
      await sleep(DRAIN_POLL_MS);
    }
    return false;
  }

  /** By partition. */
  async #askCommitted(client: OttlaClient): Promise<ReadonlyMap<number, number>> {
    const { recorder, group } = this.#options;
    const fetch = { f: 'committed', process: AUDITOR, group } as const;
    const begunMs = recorder.nowMs();
    const invocation = recorder.add({ ...fetch, type: 'invoke', timeMs: begunMs, offsets: [] });
    const told = await client.admin().groups.offsets(group, { timeoutMs: TIMEOUT_MS });
    const own = told.filter(({ topic }) => topic === TOPIC);
    const offsets = own.map(({ partition, nextOffset }) => ({
      key: keyOf(partition),
      offset: nextOffset,
    }));
    recorder.add({ ...fetch, type: 'ok', invocation, timeMs: recorder.nowMs(), offsets });
    return new Map(own.map(({ partition, nextOffset }) => [partition, nextOffset]));
  }

  /** One life after the other. */
  async #runMember(habit: MemberHabit, name: string): Promise<void> {
    const { group, assignor, bootstrap, recorder } = this.#options;
    const random = this.#options.random.fork(name);
    for (let life = 1; !this.#stop.signal.aborted; life += 1) {
      const process = `${group}.${name}.${life}`;
      const member = new GroupMember({ group, assignor, process, bootstrap, recorder, random });
      const running = member.run();
      const broken = running.then(() => {
        throw new Error(`${process} has ended by itself`);
      });
      const isOver = await Promise.race([broken, this.#lifetime(habit, random)]);
      broken.catch(() => {});
      if (isOver || habit === 'leaves') await member.leave();
      else await member.die();
      await running;
      if (!isOver) await this.#pause(random.below(AWAY_MAX_MS));
    }
  }

  /** True when the load is over, false when it is time to leave or to die. */
  async #lifetime(habit: MemberHabit, random: SeededRandom): Promise<boolean> {
    if (habit !== 'stays') await this.#pause(LIFE_MIN_MS + random.below(LIFE_SPREAD_MS));
    if (habit === 'stays' || this.#isSettling) await this.#untilStopped();
    return this.#stop.signal.aborted;
  }

  async #pause(durationMs: number): Promise<void> {
    await sleep(durationMs, undefined, { signal: this.#stop.signal }).catch(() => {});
  }

  async #untilStopped(): Promise<void> {
    const { signal } = this.#stop;
    if (signal.aborted) return;
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }
}

const PARTITIONS = Array.from({ length: PARTITION_COUNT }, (_, partition) => partition);
