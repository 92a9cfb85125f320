import type { OttlaClient } from '../../src/index.ts';
import { median } from '../statistics.ts';
import type { Handled, MemberPlan } from './member-process.ts';
import { MemberProcess, sleep, until } from './member-process.ts';

export interface PauseRound {
  readonly assignor: 'range' | 'cooperative-sticky';
  readonly rows: readonly PauseRow[];
}

/** Longest gaps between two records of one partition, in ms. */
export interface PauseRow {
  readonly assignor: PauseRound['assignor'];
  readonly event: 'nothing' | 'join' | 'leave' | 'crash' | 'static restart';
  /** Of each partition, whoever had it. */
  readonly gapsMs: readonly number[];
  /** Partitions that one member had before, and has after. */
  readonly kept: readonly number[];
  /** Of the kept ones, how many were revoked or lost meanwhile. */
  readonly keptButRevoked: number;
  readonly longestKeptGapMs: number;
  readonly longestMovedGapMs: number;
}

const PARTITIONS = 6;
const RECORD_EVERY_MS = 20;
const WINDOW_MS = 3000;
const ROUNDS = 5;
/** The least that brokers allow. */
const SESSION_MS = 6000;
const HEARTBEAT_MS = 1000;

/**
 * Two members, and a third that joins, leaves, joins again and crashes; then one that restarts.
 * What an event does is compared with the quiet window of its own round, and the median of the
 * rounds is told: one stall of the machine is not taken for a pause.
 */
export const measurePauses = async (
  client: OttlaClient,
  bootstrap: string,
  assignor: PauseRound['assignor'],
): Promise<PauseRound[]> => {
  const rounds: PauseRound[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const rows = await measureRound(client, bootstrap, { assignor, topic: `${assignor}-${round}` });
    rounds.push({ assignor, rows });
  }
  return rounds;
};

/** By how much what stayed paused longer at the event than with none; the median of the rounds. */
export const keptGapGrewMs = (rounds: readonly PauseRound[], event: PauseRow['event']): number =>
  median(
    rounds.map(({ rows }) => {
      const gapOf = (wanted: PauseRow['event']): number =>
        rows.find((row) => row.event === wanted)?.longestKeptGapMs ?? Number.NaN;
      return gapOf(event) - gapOf('nothing');
    }),
  );

const measureRound = async (
  client: OttlaClient,
  bootstrap: string,
  { assignor, topic }: { readonly assignor: PauseRound['assignor']; readonly topic: string },
): Promise<PauseRow[]> => {
  await client.admin().createTopics([{ name: topic, partitions: PARTITIONS }]);
  const plan: MemberPlan = {
    bootstrap,
    topic,
    groupId: topic,
    assignors: [assignor],
    offsetReset: 'earliest',
    sessionTimeoutMs: SESSION_MS,
    heartbeatIntervalMs: HEARTBEAT_MS,
    joinsWhenTold: true,
  };
  const run = new PauseRun(assignor, plan);
  const stop = pace(client, topic);
  try {
    return await run.all();
  } finally {
    await stop();
    await run.end();
  }
};

/** One record in each partition every 20 ms, until the returned call. */
const pace = (client: OttlaClient, topic: string): (() => Promise<void>) => {
  const producer = client.producer({ lingerMs: 0 });
  const timer = setInterval(() => {
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      producer.send({ topic, partition, value: 'x' }).catch(() => {});
    }
  }, RECORD_EVERY_MS);
  return async () => {
    clearInterval(timer);
    await producer.close();
  };
};

class PauseRun {
  readonly #assignor: PauseRow['assignor'];
  readonly #plan: MemberPlan;
  readonly #members: MemberProcess[] = [];

  constructor(assignor: PauseRound['assignor'], plan: MemberPlan) {
    this.#assignor = assignor;
    this.#plan = plan;
  }

  /** Processes start before the window that they join in: what counts is what joining does. */
  async all(): Promise<PauseRow[]> {
    (await this.#started()).join();
    const fixed = await this.#started('static');
    fixed.join();
    await this.#settled(2);
    await sleep(1000);
    const rows = [await this.#watch('nothing', async () => {})];
    const third = await this.#started();
    rows.push(await this.#watch('join', async () => third.join()));
    rows.push(await this.#watch('leave', () => third.leave()));
    const fourth = await this.#started();
    fourth.join();
    await this.#settled(3);
    await sleep(1000);
    rows.push(await this.#watch('crash', () => fourth.kill(), SESSION_MS));
    const successor = await this.#started('static');
    const restart = async (): Promise<void> => {
      await fixed.kill();
      successor.join();
    };
    rows.push(await this.#watch('static restart', restart));
    return rows;
  }

  async end(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.kill()));
  }

  /** A process that has loaded the program, and joins when it is told to. */
  async #started(instanceId?: string): Promise<MemberProcess> {
    const own = instanceId === undefined ? {} : { instanceId };
    const member = new MemberProcess({ ...this.#plan, ...own });
    this.#members.push(member);
    await until('a member has started', () => member.isReady);
    return member;
  }

  /** So many have a share, and all partitions are with somebody. */
  async #settled(count: number): Promise<void> {
    await until(`${count} members share`, () => {
      const shares = this.#members.map(({ share }) => share.size).filter((size) => size > 0);
      return shares.length === count && shares.reduce((sum, size) => sum + size) === PARTITIONS;
    });
  }

  async #watch(event: PauseRow['event'], act: () => Promise<void>, extraMs = 0): Promise<PauseRow> {
    const fromMs = performance.timeOrigin + performance.now();
    const before = this.#members.map((member) => ({ member, share: new Set(member.share) }));
    await act();
    await sleep(WINDOW_MS + extraMs);
    const toMs = performance.timeOrigin + performance.now();
    await sleep(500);
    const keptBy = before.flatMap(({ member, share }) =>
      [...share]
        .filter((each) => member.share.has(each))
        .map((partition) => ({ member, partition })),
    );
    const revoked = keptBy.filter(({ member, partition }) =>
      member.changes.some(
        ({ atMs, revoked: gone = [], lost = [] }) =>
          atMs >= fromMs && atMs <= toMs && [...gone, ...lost].includes(partition),
      ),
    );
    const handled = this.#members.flatMap((member) => member.handled);
    const gapsMs = longestGaps(handled, fromMs, toMs);
    const kept = keptBy.map(({ partition }) => partition).sort((a, b) => a - b);
    const longest = (isMeant: (partition: number) => boolean): number =>
      Math.max(0, ...gapsMs.filter((_, partition) => isMeant(partition)));
    return {
      assignor: this.#assignor,
      event,
      gapsMs,
      kept,
      keptButRevoked: revoked.length,
      longestKeptGapMs: longest((partition) => kept.includes(partition)),
      longestMovedGapMs: longest((partition) => !kept.includes(partition)),
    };
  }
}

/** By partition; the edges of the window count as records. */
const longestGaps = (handled: readonly Handled[], fromMs: number, toMs: number): number[] =>
  Array.from({ length: PARTITIONS }, (_, partition) => {
    const times = handled
      .filter(([of, , atMs]) => of === partition && atMs > fromMs && atMs < toMs)
      .map(([, , atMs]) => atMs)
      .sort((a, b) => a - b);
    const edges = [fromMs, ...times, toMs];
    return Math.round(
      edges.reduce((max, atMs, at) => Math.max(max, atMs - (edges[at - 1] ?? atMs)), 0),
    );
  });
