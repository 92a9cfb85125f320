import { execFileSync } from 'node:child_process';
import { OTTLA } from '../../deploy/local/layout.ts';
import type { Consumer, OttlaClient } from '../../src/index.ts';
import { connect } from '../../src/index.ts';
import { sleep, until } from './member-process.ts';

/** Members in this process, each with a client of its own. */
class Members {
  readonly consumers: Consumer[] = [];
  readonly #clients: OttlaClient[] = [];
  readonly #onHandled: () => void;

  constructor(onHandled: () => void) {
    this.#onHandled = onHandled;
  }

  async add(bootstrap: string, topic: string, groupId: string, handlerMs: number): Promise<void> {
    const client = connect({ bootstrap });
    this.#clients.push(client);
    const consumer = client.consumer({ topics: [topic], groupId, offsetReset: 'earliest' });
    this.consumers.push(consumer);
    void this.#handle(consumer, handlerMs);
  }

  get sizes(): number[] {
    return this.consumers.map(({ partitions }) => partitions.length).sort((a, b) => a - b);
  }

  async close(): Promise<void> {
    await Promise.all(this.consumers.map((consumer) => consumer.close()));
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  async #handle(consumer: Consumer, handlerMs: number): Promise<void> {
    for await (const _ of consumer) {
      await sleep(handlerMs);
      this.#onHandled();
    }
  }
}

export interface SettleRow {
  readonly members: number;
  readonly partitions: number;
  readonly settledMs: number;
  readonly boundMs: number;
}

/** From the first join until every member has its share, and all partitions are with somebody. */
export const measureSettling = async (
  client: OttlaClient,
  bootstrap: string,
): Promise<SettleRow> => {
  const [count, partitions, topic] = [10, 900, 'settle'];
  await client.admin().createTopics([{ name: topic, partitions, replicationFactor: 1 }]);
  const members = new Members(() => {});
  try {
    const begunMs = performance.now();
    await Promise.all(Array.from({ length: count }, () => members.add(bootstrap, topic, topic, 0)));
    const share = partitions / count;
    await until('10 members share 900 partitions', () =>
      members.sizes.every((size) => size === share),
    );
    const settledMs = Math.round(performance.now() - begunMs);
    return { members: count, partitions, settledMs, boundMs: 5000 };
  } finally {
    await members.close();
  }
};

export interface DrainRow {
  readonly members: number;
  readonly recordsPerSecond: number;
  /** How many times what one member does. */
  readonly factor: number;
  /** Members that `ottla group describe` shows as idle. */
  readonly idle: number;
}

const DRAIN_PARTITIONS = 6;
const DRAIN_RECORDS = 1800;

/** So many members drain six partitions with a handler of 5 ms; the seventh has nothing to do. */
export const measureDrains = async (
  client: OttlaClient,
  bootstrap: string,
): Promise<DrainRow[]> => {
  const rows: DrainRow[] = [];
  for (const count of [1, 3, 6, 7]) {
    const { recordsPerSecond, idle } = await drain(client, bootstrap, count);
    const factor = recordsPerSecond / (rows[0]?.recordsPerSecond ?? recordsPerSecond);
    rows.push({ members: count, recordsPerSecond, factor: Number(factor.toFixed(2)), idle });
  }
  return rows;
};

const drain = async (
  client: OttlaClient,
  bootstrap: string,
  count: number,
): Promise<Pick<DrainRow, 'recordsPerSecond' | 'idle'>> => {
  const topic = `drain-${count}`;
  await client.admin().createTopics([{ name: topic, partitions: DRAIN_PARTITIONS }]);
  const times: number[] = [];
  const members = new Members(() => void times.push(performance.now()));
  try {
    for (let at = 0; at < count; at += 1) await members.add(bootstrap, topic, topic, 5);
    await until(`${count} members share`, () => isFair(members.sizes));
    const idle = idleIn(bootstrap, topic);
    await fill(client, topic);
    await until('all is handled', () => times.length >= DRAIN_RECORDS);
    const tookMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
    return { recordsPerSecond: Math.round((DRAIN_RECORDS * 1000) / tookMs), idle };
  } finally {
    await members.close();
  }
};

const isFair = (sizes: readonly number[]): boolean =>
  sizes.reduce((sum, size) => sum + size, 0) === DRAIN_PARTITIONS &&
  (sizes.at(-1) ?? 0) - (sizes[0] ?? 0) <= 1;

const fill = async (client: OttlaClient, topic: string): Promise<void> => {
  const producer = client.producer();
  const sent = Array.from({ length: DRAIN_RECORDS }, (_, at) =>
    producer.send({ topic, partition: at % DRAIN_PARTITIONS, value: 'x' }),
  );
  await Promise.all(sent);
  await producer.close();
};

const idleIn = (bootstrap: string, groupId: string): number => {
  const words = [OTTLA, 'group', 'describe', groupId, '--bootstrap', bootstrap];
  const table = execFileSync(process.execPath, words, { encoding: 'utf8' });
  return table.split('\n').filter((line) => /\sidle$/.test(line.trimEnd())).length;
};
