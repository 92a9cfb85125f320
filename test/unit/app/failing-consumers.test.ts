import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  levelDedupeStore,
  levelOffsetDedupeStore,
  levelParkStore,
} from '../../../src/app/stores.ts';
import { OttlaClient } from '../../../src/client/client.ts';
import { dedupe } from '../../../src/client/dedupe/dedupe.ts';
import type { FailureTrail } from '../../../src/client/failure/failure-trail.ts';
import { splitTrail } from '../../../src/client/failure/failure-trail.ts';
import type {
  BatchFailurePolicy,
  BatchHandler,
} from '../../../src/client/handling/batch-options.ts';
import type { ParkStore } from '../../../src/client/parking/park-store.ts';
import { sqlParkStore } from '../../../src/client/parking/sql-park-store.ts';
import { string } from '../../../src/client/serde/serde.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import { SystemClock } from '../../../src/platform/system-clock.ts';
import { systemRandom } from '../../../src/platform/system-random.ts';
import { GrpcTransport } from '../../../src/rpc/grpc-transport.ts';
import type { DevCluster } from '../../../src/testing/index.ts';
import { startDevCluster } from '../../../src/testing/index.ts';
import { isInstalled } from '../../support/is-installed.ts';
import { queryByCli, sqliteProgram } from '../../support/sql/query-by-cli.ts';
import { tempDirs } from '../../support/temp-dir.ts';

const HOUR_MS = 3_600_000;
const makeTempDir = tempDirs();
let cluster: DevCluster;
let caseCount = 0;

beforeAll(async () => {
  cluster = await startDevCluster({
    config: { 'group.initial.rebalance.delay.ms': 0, 'offsets.topic.num.partitions': 1 },
  });
}, 60_000);

afterAll(async () => {
  await cluster?.stop();
}, 60_000);

type TextBatches = BatchHandler<string, string>;

const never = (): Promise<never> => new Promise(() => {});

const until = async (condition: () => Promise<boolean> | boolean): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
};

/** A client whose process might as well be gone from `crash` on: nothing of it is done any more. */
class Process {
  readonly client: OttlaClient;
  readonly crashed: Promise<void>;
  readonly crash: () => Promise<never>;

  constructor() {
    const clock = new SystemClock();
    const transport = new GrpcTransport(clock);
    const env = { transport, clock, random: systemRandom, logger: silentLogger };
    this.client = new OttlaClient(env, { bootstrap: cluster.bootstrap });
    let tell = (): void => {};
    this.crashed = new Promise((resolve) => {
      tell = resolve;
    });
    this.crash = async () => {
      await transport.close();
      tell();
      return await never();
    };
  }

  end(): Promise<void> {
    return this.client.close({ signal: AbortSignal.abort() });
  }
}

interface Case {
  readonly topic: string;
  readonly dead: string;
  readonly parked: string;
}

/** `a b P d | e f g h` in one partition: P fails each time. */
const newCase = async (): Promise<Case> => {
  caseCount += 1;
  const topic = `t${caseCount}`;
  const names = { topic, dead: `${topic}-dead`, parked: `${topic}-parked` };
  const specs = Object.values(names).map((name) => ({ name, partitions: 1 }));
  await cluster.client.admin().createTopics(specs);
  await using producer = cluster.client.producer();
  const values = ['a', 'b', 'P', 'd', 'e', 'f', 'g', 'h'];
  await producer.sendBatch(values.map((value) => ({ topic, partition: 0, key: 'k', value })));
  return names;
};

const lettersIn = async (topic: string): Promise<FailureTrail[]> => {
  const [end] = await cluster.client
    .admin()
    .listOffsets([{ topic, partition: 0, at: 'latest' as const }]);
  const letters: FailureTrail[] = [];
  const reader = cluster.client.reader({ topic, from: 'earliest' });
  if ((end?.offset ?? 0) > 0) {
    for await (const { headers, offset } of reader) {
      const found = splitTrail(headers);
      if (found !== undefined) letters.push(found.trail);
      if (offset + 1 >= (end?.offset ?? 0)) break;
    }
  }
  await reader.close();
  return letters;
};

const STEPS = [
  'with the handler',
  'behind the effects',
  'behind what was put aside',
  'behind what counts, before the commit',
  'behind the commit',
] as const;
type Step = (typeof STEPS)[number];

const ROWS = [
  'whole',
  'whole, dedup',
  'whole, dedup by offset',
  'prefix',
  'prefix, dedup',
  'prefix, dedup by offset',
  'park: topic',
  'park: store',
  'park: SQL store',
] as const;
type Row = (typeof ROWS)[number];

/** That of parking in a topic has no step of its own: it counts as soon as it is acknowledged. */
const CASES = ROWS.filter((row) => row !== 'park: SQL store' || isInstalled('sqlite3')).flatMap(
  (row) =>
    STEPS.filter((step) => row !== 'park: topic' || step !== 'behind what was put aside').map(
      (step) => [row, step] as const,
    ),
);

const openParkStore = async (
  row: Row,
): Promise<{ readonly store: ParkStore; readonly close: () => Promise<void> }> => {
  if (row === 'park: SQL store') {
    const query = queryByCli(sqliteProgram(join(makeTempDir(), 'db')));
    return { store: await sqlParkStore(query, { dialect: 'sqlite' }), close: async () => {} };
  }
  const store = await levelParkStore(makeTempDir());
  return { store, close: () => store.close() };
};

interface Member {
  readonly row: Row;
  readonly names: Case;
  readonly effects: string[];
  readonly store: ParkStore;
  readonly wrap: (handler: TextBatches) => TextBatches;
}

/** Where `step` is given, its process ends there. */
const beginMember = ({ row, names, effects, store, wrap }: Member, step?: Step): Process => {
  const process = new Process();
  const consumer = process.client.consumer<string, string>({
    topics: [names.topic],
    groupId: names.topic,
    instanceId: 'one',
    offsetReset: 'earliest',
    autoCommitIntervalMs: step === undefined ? 50 : HOUR_MS,
    deserializers: { key: string, value: string },
  });
  const handler: TextBatches = async (batch) => {
    const isSecond = batch.records.some(({ value }) => value === 'e');
    if (isSecond && step === 'behind the commit') await consumer.commit();
    if (isSecond && step !== undefined) await process.crash();
    for (const record of batch.records) {
      if (record.value === 'P') batch.retry(record, new Error('poison'));
      else {
        effects.push(record.value ?? '');
        batch.done(record);
      }
      if (record.value === 'b' && step === 'with the handler') await process.crash();
    }
    if (step === 'behind the effects') await process.crash();
  };
  const isCut = step === 'behind what was put aside';
  const cutStore: ParkStore = {
    put: async (records) => {
      await store.put(records);
      if (isCut) await process.crash();
    },
    due: (nowMs, maxRecords) => store.due(nowMs, maxRecords),
    remove: (record) => store.remove(record),
  };
  const onFailure: BatchFailurePolicy = {
    partial: partialOf(row, { topic: names.parked }, cutStore),
    attempts: 2,
    giveUp: { deadLetter: { topic: names.dead } },
    onDeadTimeoutMs: 60_000,
    ...(isCut ? { onDead: () => process.crash() } : {}),
  };
  void consumer
    .eachBatch({
      handler: wrap(handler),
      maxRecords: 4,
      onFailure,
      retryBackoff: { firstMs: 10, maxMs: 10 },
    })
    .catch(() => {});
  return process;
};

const partialOf = (
  row: Row,
  topic: { readonly topic: string },
  store: ParkStore,
): NonNullable<BatchFailurePolicy['partial']> => {
  if (row.startsWith('whole')) return 'whole';
  if (row.startsWith('prefix')) return 'prefix';
  return { park: row === 'park: topic' ? topic : store };
};

/** Takes up what was parked, until it ends as a dead letter; returns how to end it. */
const beginWorker = ({ row, names, store }: Member): (() => Promise<void>) => {
  const stop = new AbortController();
  const handler = (): Promise<void> => Promise.reject(new Error('poison'));
  const onFailure = { attempts: 2, giveUp: { deadLetter: { topic: names.dead } } };
  const retryBackoff = { firstMs: 10, maxMs: 10 };
  const { client } = cluster;
  if (row.endsWith('store')) {
    const { signal } = stop;
    const options = { store, handler, onFailure, retryBackoff, pollIntervalMs: 20, signal };
    const drained = client.drainParked(options);
    return async () => {
      stop.abort();
      await drained;
    };
  }
  if (row !== 'park: topic') return async () => {};
  const consumer = client.consumer({
    topics: [names.parked],
    groupId: `${names.topic}-worker`,
    offsetReset: 'earliest',
  });
  void consumer.runParked({ handler, onFailure, retryBackoff });
  return () => consumer.close();
};

const timesOf = (effects: readonly string[], values: string): number[] =>
  [...values].map((value) => effects.filter((effect) => effect === value).length);

describe('a batch that failed in part, and a member that crashes', () => {
  test.each(CASES)(
    'by %s, %s: nothing is lost, and what may be repeated is known',
    async (row, step) => {
      const names = await newCase();
      const byOffset = row.endsWith('by offset');
      const ids = await (byOffset ? levelOffsetDedupeStore : levelDedupeStore)(makeTempDir());
      const { store, close } = await openParkStore(row);
      const isDeduped = row.includes('dedup');
      const wrap = (handler: TextBatches): TextBatches =>
        isDeduped ? dedupe<string, string>({ store: ids }).batchHandler(handler) : handler;
      const member: Member = { row, names, effects: [], store, wrap };

      const first = beginMember(member, step);
      await first.crashed;
      const second = beginMember(member);
      const stopWorker = beginWorker(member);
      const { groups } = cluster.client.admin();
      await until(async () => {
        const [lag] = await groups.lag(names.topic);
        return lag?.lagCount === 0 && (await lettersIn(names.dead)).length > 0;
      });
      await stopWorker();
      await Promise.all([first.end(), second.client.close()]);
      await Promise.all([ids.close(), close()]);

      const times = timesOf(member.effects, 'abd');
      expect(Math.min(...times)).toBeGreaterThan(0);
      // The second batch was never in hand as one ended.
      expect(timesOf(member.effects, 'efgh')).toEqual([1, 1, 1, 1]);
      const isRemembered = step !== 'with the handler' && step !== 'behind the effects';
      if (isDeduped && isRemembered) expect(times).toEqual([1, 1, 1]);
      if (row.startsWith('park') && step === 'behind the commit') expect(times).toEqual([1, 1, 1]);
      const letters = await lettersIn(names.dead);
      expect(letters.length).toBeLessThanOrEqual(2);
      if (step === 'behind the commit') expect(letters).toHaveLength(1);
      for (const letter of letters) {
        const { topic, offset, groupId, attempts, errorMessage } = letter;
        expect([topic, offset, errorMessage]).toEqual([names.topic, 2, 'poison']);
        expect(attempts).toBe(2);
        expect(groupId).toBe(names.topic);
      }
    },
    30_000,
  );
});

describe('a poisoned key, over gRPC', () => {
  test('ends in the dead-letter topic while all else is handled once, in order by key', async () => {
    const names = await newCase();
    const process = new Process();
    await using producer = cluster.client.producer();
    const keys = Array.from({ length: 20 }, (_, at) => `key-${at}`);
    for (let round = 0; round < 5; round += 1) {
      const records = keys.map((key) => ({ topic: names.parked, key, value: `${key}:${round}` }));
      await producer.sendBatch(records);
    }
    const consumer = process.client.consumer<string, string>({
      topics: [names.parked],
      groupId: `${names.topic}-run`,
      offsetReset: 'earliest',
      autoCommitIntervalMs: 50,
      deserializers: { key: string, value: string },
    });
    const handled: string[] = [];

    const running = consumer.run({
      concurrency: 50,
      handler: ({ key, value }) => {
        if (key === 'key-7') throw new Error('poison');
        handled.push(value ?? '');
      },
      onFailure: { attempts: 3, giveUp: { deadLetter: { topic: names.dead } } },
      retryBackoff: { firstMs: 10, maxMs: 20 },
    });
    const { groups } = cluster.client.admin();
    await until(() => handled.length === 95);
    await until(async () => (await groups.lag(`${names.topic}-run`))[0]?.lagCount === 0);
    await process.client.close();
    await running;

    const others = keys.filter((key) => key !== 'key-7');
    const roundsOf = (key: string): string[] => handled.filter((it) => it.startsWith(`${key}:`));
    for (const key of others) {
      expect(roundsOf(key)).toEqual([0, 1, 2, 3, 4].map((round) => `${key}:${round}`));
    }
    const letters = await lettersIn(names.dead);
    expect(letters.map(({ attempts }) => attempts)).toEqual([3, 3, 3, 3, 3]);
    expect(letters.map(({ offset }) => offset)).toEqual([7, 27, 47, 67, 87]);
  }, 30_000);
});
