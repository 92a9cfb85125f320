import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { separateShape } from '../../deploy/local/layout.ts';
import { connect } from '../../src/app/connect.ts';
import type { PartitionDescription } from '../../src/client/admin/admin-types.ts';
import type { OttlaClient } from '../../src/client/client.ts';
import { tempDirs } from '../support/temp-dir.ts';
import type { Ended } from './cli/processes.ts';
import { ottla } from './cli/processes.ts';
import { ChaosCluster } from './cluster/chaos-cluster.ts';

const makeTempDir = tempDirs();
const LIMIT_MS = 60_000;
const POLL_MS = 50;

const ended: Array<() => Promise<void>> = [];

afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

interface Story {
  readonly cluster: ChaosCluster;
  readonly client: OttlaClient;
  /** The replicas of `t`, in the order of the assignment. */
  readonly replicas: readonly [number, number, number];
}

/** A quorum of its own, and three brokers with topic `t`: two of three must have a record. */
const start = async (): Promise<Story> => {
  const cluster = await ChaosCluster.make({ root: makeTempDir(), shape: separateShape(1, 3) });
  ended.push(async () => cluster.killAllNow());
  await cluster.up();
  const client = connect({ bootstrap: cluster.bootstrap });
  ended.unshift(() => client.close());
  const configs = { 'min.insync.replicas': '2' };
  const topic = { name: 't', partitions: 1, replicationFactor: 3, configs };
  await client.admin().createTopic(topic);
  const { partitions } = await client.admin().describeTopic('t');
  const [first = 0, second = 0, third = 0] = partitions[0]?.replicas ?? [];
  return { cluster, client, replicas: [first, second, third] };
};

const until = async (
  { client }: Story,
  isSo: (partition: PartitionDescription) => boolean,
): Promise<PartitionDescription> => {
  const deadline = performance.now() + LIMIT_MS / 2;
  for (;;) {
    const { partitions } = await client.admin().describeTopic('t');
    const [partition] = partitions;
    if (partition !== undefined && isSo(partition)) return partition;
    if (performance.now() > deadline) throw new Error(`still ${JSON.stringify(partition)}`);
    await sleep(POLL_MS);
  }
};

/**
 * The in-sync set shrinks to the first alone, with a record acknowledged before each step; then the
 * first is gone, and the third alone is back.
 */
const shrunkAndGone = async (story: Story): Promise<{ readonly eligible: readonly number[] }> => {
  const { cluster, client, replicas } = story;
  const [first, second, third] = replicas;
  await using producer = client.producer({ acks: 'all', lingerMs: 0 });
  await producer.send({ topic: 't', partition: 0, value: 'a' });
  await cluster.kill([cluster.node(third)]);
  await until(story, ({ isr }) => isr.length === 2);
  await producer.send({ topic: 't', partition: 0, value: 'b' });
  await cluster.kill([cluster.node(second)]);
  const { eligibleLeaderReplicas } = await until(story, ({ isr }) => isr.length === 1);
  await cluster.kill([cluster.node(first)]);
  await cluster.start([cluster.node(third)]);
  await until(story, ({ leader, offline }) => leader === -1 && !offline.includes(third));
  return { eligible: eligibleLeaderReplicas };
};

const readAll = async (client: OttlaClient): Promise<string[]> => {
  const assignments = [{ topic: 't', partition: 0, from: 'earliest' as const }];
  const values: string[] = [];
  const endOffset = await latest(client);
  await using reader = client.reader({ assignments });
  if (endOffset === 0) return values;
  for await (const { value, offset } of reader) {
    values.push(Buffer.from(value ?? []).toString());
    if (offset >= endOffset - 1) break;
  }
  return values;
};

const latest = async (client: OttlaClient): Promise<number> => {
  const question = { topic: 't', partition: 0, at: 'latest' as const };
  const [answer] = await client.admin().listOffsets([question]);
  return answer?.offset ?? 0;
};

const run = ({ cluster }: Story, words: readonly string[]): Promise<Ended> =>
  ottla(['topic', ...words, '--bootstrap', cluster.bootstrap]);

describe('when the in-sync set has shrunk from three to one, and that one is gone', () => {
  it(
    'the one that left last leads when it is back, with every acknowledged record',
    async () => {
      const story = await start();
      const { cluster, client, replicas } = story;
      const [first, second] = replicas;
      const { eligible } = await shrunkAndGone(story);
      const waiting = String((await run(story, ['describe', 't'])).stdout);

      await cluster.start([cluster.node(second)]);
      const { leader } = await until(story, (partition) => partition.leader !== -1);

      expect({ eligible, leader }).toEqual({ eligible: [second], leader: second });
      expect(waiting).toContain(`partition 0 has no leader, last led by ${first}: start one of`);
      expect(await readAll(client)).toEqual(['a', 'b']);
    },
    LIMIT_MS,
  );

  it(
    'recover says what is left, and makes one lead that was named, whose log the others then take',
    async () => {
      const story = await start();
      const [first, second, third] = story.replicas;
      await shrunkAndGone(story);
      const apply = ['recover', 't', '--partition', '0', '--apply'];

      const told = await run(story, ['recover', 't']);
      const unnamed = await run(story, apply);
      const absent = await run(story, [...apply, '--leader', String(second)]);
      const { leader: leaderBefore } = await until(story, () => true);
      const applied = await run(story, [...apply, '--leader', String(third)]);
      const again = await run(story, [...apply, '--leader', String(third)]);
      await story.cluster.start([story.cluster.node(second)]);
      await until(story, ({ isr }) => isr.length === 2);

      expect(String(told.stdout)).toMatch(
        /^PARTITION +REPLICA +STATE +EPOCH +START +END +ON-DISK +HW +LOST$/m,
      );
      expect(String(told.stdout)).toContain(`partition 0: replica ${third} has most`);
      expect(String(told.stdout)).toMatch(
        new RegExp(`(${first}, ${second}|${second}, ${first}) did not answer and may have more`),
      );
      expect(unnamed.stderr).toContain('--leader <broker>');
      expect(absent.stderr).toContain(`broker ${second} is not in service`);
      expect([told, unnamed, absent, applied, again].map(({ status }) => status === 0)).toEqual([
        true,
        false,
        false,
        true,
        false,
      ]);
      expect(leaderBefore).toBe(-1);
      expect(String(applied.stdout)).toContain(`broker ${third} leads partition 0 of topic t`);
      expect(again.stderr).toContain(`is led by broker ${third}`);
      expect(await readAll(story.client)).toEqual(['a']);
    },
    LIMIT_MS,
  );
});
