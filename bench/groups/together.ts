import type { OttlaClient, Producer } from '../../src/index.ts';
import type { Handled } from './member-process.ts';
import { MemberProcess, sleep, until } from './member-process.ts';

/** What happens to a fast group and to the producer while others read beside it. */
export interface TogetherRow {
  readonly beside: 'nobody' | 'a slow group' | 'a slow group and a late one';
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
  readonly fastLongestGapMs: number;
}

export interface TogetherResult {
  readonly rows: readonly TogetherRow[];
  /** Once each, and in the order of their offsets. */
  readonly isFastWhole: boolean;
  readonly isLateWhole: boolean;
  /** Generations of fast, slow and late at the end: 1 where nobody disturbed them. */
  readonly generations: readonly number[];
}

const TOPIC = 'together';
const PARTITIONS = 3;
const RECORD_EVERY_MS = 10;
const WINDOW_MS = 5000;

export const measureTogether = async (
  client: OttlaClient,
  bootstrap: string,
): Promise<TogetherResult> => {
  await client.admin().createTopics([{ name: TOPIC, partitions: PARTITIONS }]);
  const start = (groupId: string, handlerMs: number): MemberProcess =>
    new MemberProcess({ bootstrap, topic: TOPIC, groupId, handlerMs, offsetReset: 'earliest' });
  const fast = start('fast', 0);
  const members = [fast];
  const load = new Load(client);
  try {
    await until('fast has its share', () => fast.share.size === PARTITIONS);
    load.begin();
    await sleep(1000);
    const rows = [await watch('nobody', load, fast)];
    members.push(start('slow', 100));
    rows.push(await watch('a slow group', load, fast));
    members.push(start('late', 0));
    rows.push(await watch('a slow group and a late one', load, fast));
    await load.end();
    const late = members[2];
    await until('fast and late have all', () =>
      [fast, late].every((it) => (it?.handled.length ?? 0) >= load.sentCount),
    );
    return {
      rows,
      isFastWhole: isWhole(fast.handled, load.sentCount),
      isLateWhole: isWhole(late?.handled ?? [], load.sentCount),
      generations: await generationsOf(client, ['fast', 'slow', 'late']),
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
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(client: OttlaClient) {
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
      .send({ topic: TOPIC, partition, value: 'x' })
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

const generationsOf = (client: OttlaClient, groups: readonly string[]): Promise<number[]> =>
  Promise.all(
    groups.map(async (group) => (await client.admin().groups.describe(group)).generation),
  );
