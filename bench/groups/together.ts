import type { OttlaClient, Producer } from '../../src/index.ts';
import { median } from '../statistics.ts';
import type { Handled } from './member-process.ts';
import { MemberProcess, sleep, until } from './member-process.ts';

/** What happens to a fast group and to the producer while others read beside it. */
export interface TogetherRow {
  readonly beside: 'nobody' | 'a slow group' | 'a slow group and a late one';
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
  readonly fastLongestGapMs: number;
}

/** Three windows, one after another, on a topic and with groups of their own. */
export interface TogetherRound {
  readonly rows: readonly TogetherRow[];
  /** Once each, and in the order of their offsets. */
  readonly isFastWhole: boolean;
  readonly isLateWhole: boolean;
  /** Generations of fast, slow and late at the end: 1 where nobody disturbed them. */
  readonly generations: readonly number[];
}

export interface TogetherResult {
  readonly rounds: readonly TogetherRound[];
  /** Of each round, the 99th percentile with others beside over that with nobody; the median. */
  readonly ackP99Ratio: number;
  /** By how much the longest gap of the fast group grew with others beside; the median. */
  readonly gapGrewMs: number;
}

const ROUNDS = 5;
const PARTITIONS = 3;
const RECORD_EVERY_MS = 10;
const WINDOW_MS = 3000;

/**
 * Windows with others and without are compared within a round, seconds apart, and the median of the
 * rounds is told: one stall of the machine is not taken for what a group does to another.
 */
export const measureTogether = async (
  client: OttlaClient,
  bootstrap: string,
): Promise<TogetherResult> => {
  const rounds: TogetherRound[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    rounds.push(await measureRound(client, bootstrap, `together-${round}`));
  }
  const against = (compare: (row: TogetherRow, alone: TogetherRow) => number): number =>
    median(rounds.map(({ rows: [alone, ...others] }) => worst(alone, others, compare)));
  return {
    rounds,
    ackP99Ratio: Number(against((row, alone) => row.ackP99Ms / alone.ackP99Ms).toFixed(2)),
    gapGrewMs: against((row, alone) => row.fastLongestGapMs - alone.fastLongestGapMs),
  };
};

const worst = (
  alone: TogetherRow | undefined,
  others: readonly TogetherRow[],
  compare: (row: TogetherRow, alone: TogetherRow) => number,
): number =>
  alone === undefined ? Number.NaN : Math.max(...others.map((row) => compare(row, alone)));

const measureRound = async (
  client: OttlaClient,
  bootstrap: string,
  topic: string,
): Promise<TogetherRound> => {
  await client.admin().createTopics([{ name: topic, partitions: PARTITIONS }]);
  const start = (group: string, handlerMs: number): MemberProcess => {
    const groupId = `${topic}-${group}`;
    const own = { groupId, handlerMs, joinsWhenTold: true } as const;
    return new MemberProcess({ bootstrap, topic, offsetReset: 'earliest', ...own });
  };
  const [fast, slow, late] = [start('fast', 0), start('slow', 100), start('late', 0)];
  const members = [fast, slow, late];
  const load = new Load(client, topic);
  try {
    await until('all have started', () => members.every(({ isReady }) => isReady));
    fast.join();
    await until('fast has its share', () => fast.share.size === PARTITIONS);
    load.begin();
    await sleep(1000);
    const rows = [await watch('nobody', load, fast)];
    slow.join();
    rows.push(await watch('a slow group', load, fast));
    late.join();
    rows.push(await watch('a slow group and a late one', load, fast));
    await load.end();
    await until('fast and late have all', () =>
      [fast, late].every(({ handled }) => handled.length >= load.sentCount),
    );
    return {
      rows,
      isFastWhole: isWhole(fast.handled, load.sentCount),
      isLateWhole: isWhole(late.handled, load.sentCount),
      generations: await generationsOf(client, topic),
    };
  } finally {
    await Promise.all(members.map((member) => member.kill()));
  }
};

/** One record in each partition every 10 ms; how long each took to be acknowledged. */
class Load {
  ackMs: number[] = [];
  sentCount = 0;
  readonly #producer: Producer;
  readonly #topic: string;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(client: OttlaClient, topic: string) {
    this.#topic = topic;
    this.#producer = client.producer({ lingerMs: 0 });
  }

  begin(): void {
    this.#timer = setInterval(() => {
      for (let partition = 0; partition < PARTITIONS; partition += 1) this.#send(partition);
    }, RECORD_EVERY_MS);
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#producer.close();
  }

  #send(partition: number): void {
    const begunMs = performance.now();
    this.sentCount += 1;
    void this.#producer
      .send({ topic: this.#topic, partition, value: 'x' })
      .then(() => this.ackMs.push(performance.now() - begunMs));
  }
}

const watch = async (
  beside: TogetherRow['beside'],
  load: Load,
  fast: MemberProcess,
): Promise<TogetherRow> => {
  load.ackMs = [];
  const from = fast.handled.length;
  await sleep(WINDOW_MS);
  const sorted = load.ackMs.sort((a, b) => a - b);
  const quantile = (part: number): number =>
    Number((sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(1));
  return {
    beside,
    ackP50Ms: quantile(0.5),
    ackP99Ms: quantile(0.99),
    fastLongestGapMs: longestGapMs(fast.handled.slice(from)),
  };
};

const longestGapMs = (handled: readonly Handled[]): number =>
  Math.round(
    handled.reduce((max, [, , atMs], at) => {
      const [, , beforeMs] = handled[at - 1] ?? [0, 0, atMs];
      return Math.max(max, atMs - beforeMs);
    }, 0),
  );

const isWhole = (handled: readonly Handled[], count: number): boolean => {
  const next = new Map<number, number>();
  return (
    handled.length === count &&
    handled.every(([partition, offset]) => {
      const isNext = offset === (next.get(partition) ?? 0);
      next.set(partition, offset + 1);
      return isNext;
    })
  );
};

const generationsOf = (client: OttlaClient, topic: string): Promise<number[]> =>
  Promise.all(
    ['fast', 'slow', 'late'].map(
      async (group) => (await client.admin().groups.describe(`${topic}-${group}`)).generation,
    ),
  );
