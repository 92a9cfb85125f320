import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { javaFor } from '../support/install/java.ts';
import { mustRun } from '../support/run.ts';
import type { CompatSuite } from '../support/suite.ts';

const TOPIC = 'by-tools';
const PACKAGE = 'org.apache.kafka.tools';

const GROUPS = 'consumer.group.ConsumerGroupCommand';
const SETTLES_WITHIN_MS = 10_000;
const TOPIC_FLAG = ['--topic', TOPIC];

/** Runs a tool, with the cluster's address, to its end; what it printed. */
type Tool = (name: string, words: readonly string[], input?: string) => Promise<string>;

/** Kafka's stock command-line tools, as its `bin/kafka-*.sh` start them. */
export const toolsSuite = (suite: CompatSuite): void => {
  const isThere = suite.clients.some(({ name }) => name.startsWith('kafka-clients 4'));
  const tool: Tool = async (name, words, input) => {
    const java = await javaFor('v4');
    const bootstrap = ['--bootstrap-server', suite.cluster.kafkaBootstrap];
    return mustRun([...java, `${PACKAGE}.${name}`, ...bootstrap, ...words], input);
  };

  // In this order: each goes on with what those before it left.
  describe.skipIf(!isThere)('the tool of Kafka 4.4', () => {
    topicMade(tool);
    recordsPassed(tool);
    settingsChanged(tool);
    clusterShown(tool);
    recordsDeleted(tool);
    groupsManaged(tool);
    groupForgets(tool);
    producersShown(tool);
    topicDeleted(tool);
  });
};

const topicMade = (tool: Tool): void => {
  it('kafka-topics makes, lists, grows and describes a topic', async () => {
    const made = await tool('TopicCommand', [
      ...['--create', ...TOPIC_FLAG, '--partitions', '2', '--replication-factor', '3'],
      ...['--config', 'retention.ms=60000000'],
    ]);
    const listed = await settled(hasTopic, () => tool('TopicCommand', ['--list']));
    await tool('TopicCommand', ['--alter', ...TOPIC_FLAG, '--partitions', '3']);
    const describe = () => tool('TopicCommand', ['--describe', ...TOPIC_FLAG]);
    const described = await settled((told) => told.includes('PartitionCount: 3'), describe);

    expect(made).toContain(`Created topic ${TOPIC}.`);
    expect(listed.split('\n')).toContain(TOPIC);
    expect(described).toMatch(/PartitionCount: 3\s+ReplicationFactor: 3/);
    expect(described).toContain('retention.ms=60000000');
    expect(described.match(/Leader: [123]\s+Replicas: [123],[123],[123]/g)).toHaveLength(3);
  });
};

const recordsPassed = (tool: Tool): void => {
  it('kafka-console-producer, kafka-get-offsets and kafka-console-consumer agree', async () => {
    const pairs = Array.from({ length: 20 }, (_, at) => `key ${at}:value ${at}`);
    const parsing = ['parse.key=true', 'key.separator=:'];
    const flags = parsing.flatMap((it) => ['--reader-property', it]);
    await tool('ConsoleProducer', [...TOPIC_FLAG, ...flags], `${pairs.join('\n')}\n`);

    const ends = await tool('GetOffsetShell', TOPIC_FLAG);
    const starts = await tool('GetOffsetShell', [...TOPIC_FLAG, '--time', 'earliest']);
    const counts = ends
      .trim()
      .split('\n')
      .map((line) => line.split(':').slice(1));
    const read: string[] = [];
    for (const [partition = '', count = ''] of counts.filter((it) => it[1] !== '0')) {
      const from = ['--partition', partition, '--offset', 'earliest', '--max-messages', count];
      const shown = ['--formatter-property', 'print.key=true'];
      const out = await tool('consumer.ConsoleConsumer', [...TOPIC_FLAG, ...from, ...shown]);
      read.push(...out.split('\n').filter((line) => line !== ''));
    }

    expect(starts.trim().split('\n')).toEqual([0, 1, 2].map((it) => `${TOPIC}:${it}:0`));
    expect(read.map((line) => line.replace('\t', ':')).sort()).toEqual([...pairs].sort());
  });

  it('kafka-producer-perf-test and kafka-verifiable-producer have all acknowledged', async () => {
    const count = ['--num-records', '2000', '--record-size', '100', '--throughput', '-1'];
    const measured = await tool('ProducerPerformance', [...TOPIC_FLAG, ...count]);
    const told = await tool('VerifiableProducer', [...TOPIC_FLAG, '--max-messages', '50']);
    const ends = await tool('GetOffsetShell', TOPIC_FLAG);

    expect(measured).toContain('2000 records sent');
    const lines = told.trim().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '{}')).toMatchObject({ sent: 50, acked: 50 });
    const last = ends
      .trim()
      .split('\n')
      .map((line) => Number(line.split(':')[2]));
    expect(last.reduce((total, offset) => total + offset)).toBe(20 + 2000 + 50);
  });
};

const settingsChanged = (tool: Tool): void => {
  it('kafka-configs sets, shows and takes back a setting', async () => {
    const entity = ['--entity-type', 'topics', '--entity-name', TOPIC];
    await tool('ConfigCommand', ['--alter', ...entity, '--add-config', 'retention.bytes=1000000']);
    const describe = () => tool('ConfigCommand', ['--describe', ...entity]);
    const set = await settled((told) => told.includes('retention.bytes=1000000'), describe);
    await tool('ConfigCommand', ['--alter', ...entity, '--delete-config', 'retention.bytes']);
    const describeAll = () => tool('ConfigCommand', ['--describe', '--all', ...entity]);
    const all = await settled((told) => told.includes('retention.bytes=-1'), describeAll);

    expect(set).toContain('retention.bytes=1000000');
    expect(set).toContain('DYNAMIC_TOPIC_CONFIG:retention.bytes=1000000');
    expect(all).toContain('retention.bytes=-1');
    expect(all).toContain('DEFAULT_CONFIG:message.max.bytes=1048588');
  });
};

const clusterShown = (tool: Tool): void => {
  it('kafka-metadata-quorum shows the leader and how far the voters are', async () => {
    const status = await tool('MetadataQuorumCommand', ['describe', '--status']);
    const replication = await tool('MetadataQuorumCommand', ['describe', '--replication']);

    expect(status).toMatch(/LeaderId:\s+[123]\n/);
    expect(status).toMatch(/CurrentVoters:.*1.*/);
    expect(replication.match(/^[123]\s.*(Leader|Follower)/gm)).toHaveLength(3);
  });

  it('kafka-log-dirs and kafka-leader-election find every partition', async () => {
    const dirs = await tool('LogDirsCommand', ['--describe', '--topic-list', TOPIC]);
    await tool('LeaderElectionCommand', ['--election-type', 'preferred', '--all-topic-partitions']);

    const { brokers } = JSON.parse(dirs.trim().split('\n').at(-1) ?? '{}');
    const names = brokers.map((broker: { logDirs: { partitions: { partition: string }[] }[] }) =>
      broker.logDirs.flatMap((it) => it.partitions.map(({ partition }) => partition)).sort(),
    );
    expect(names).toEqual(Array(3).fill([0, 1, 2].map((it) => `${TOPIC}-${it}`)));
  });
};

const recordsDeleted = (tool: Tool): void => {
  it('kafka-delete-records takes the oldest records away', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ottla-compat-'));
    const file = join(folder, 'offsets.json');
    const partitions = [{ topic: TOPIC, partition: 0, offset: 1 }];
    writeFileSync(file, JSON.stringify({ version: 1, partitions }));
    const told = await tool('DeleteRecordsCommand', ['--offset-json-file', file]);
    rmSync(folder, { recursive: true });
    const starts = await tool('GetOffsetShell', [...TOPIC_FLAG, '--time', 'earliest']);

    expect(told).toMatch(new RegExp(`partition: ${TOPIC}-0\\s+low_watermark: 1`));
    expect(starts.trim().split('\n')).toEqual([1, 0, 0].map((it, at) => `${TOPIC}:${at}:${it}`));
  });
};

const groupsManaged = (tool: Tool): void => {
  it('kafka-console-consumer joins a group that kafka-consumer-groups shows, resets and deletes', async () => {
    const group = ['--group', 'of-tools'];
    const joining = ['--from-beginning', '--max-messages', '100', '--timeout-ms', '60000'];
    const read = await tool('consumer.ConsoleConsumer', [...TOPIC_FLAG, ...group, ...joining]);
    const listed = await tool(GROUPS, ['--list']);
    const described = await tool(GROUPS, ['--describe', ...group]);
    const resetting = [...TOPIC_FLAG, '--reset-offsets', '--to-latest', '--execute'];
    const reset = await tool(GROUPS, [...group, ...resetting]);
    const after = await tool(GROUPS, ['--describe', ...group]);
    const deleted = await tool(GROUPS, ['--delete', ...group]);

    expect(read.trim().split('\n')).toHaveLength(100);
    expect(listed.split('\n')).toContain('of-tools');
    expect(
      columnOf(described, 'LAG')
        .map(Number)
        .some((lag) => lag > 0),
    ).toBe(true);
    expect(reset).toContain(TOPIC);
    expect(columnOf(after, 'LAG').map(Number)).toEqual([0, 0, 0]);
    expect(deleted).toContain("('of-tools') was successful");
  });

  it('kafka-verifiable-consumer reads what it was asked for and commits it', async () => {
    const words = [...TOPIC_FLAG, '--group-id', 'of-verifiable', '--max-messages', '30'];
    const told = await tool('VerifiableConsumer', words);

    const events = told
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const read = events.filter(({ name }) => name === 'records_consumed');
    expect(read.reduce((total, { count }) => total + count, 0)).toBeGreaterThanOrEqual(30);
    expect(events.some((it) => it.name === 'offsets_committed' && it.success)).toBe(true);
  });
};

const groupForgets = (tool: Tool): void => {
  it('kafka-consumer-groups forgets what a group has committed of one partition', async () => {
    const group = ['--group', 'of-verifiable'];
    const committed = async (): Promise<string[]> => {
      const described = await tool(GROUPS, ['--describe', ...group]);
      return described.includes('PARTITION') ? columnOf(described, 'PARTITION') : [];
    };

    const [one = '', ...others] = await committed();
    const told = await tool(GROUPS, [...group, '--delete-offsets', '--topic', `${TOPIC}:${one}`]);

    expect(one).toMatch(/^[012]$/);
    expect(columnOf(told, 'STATUS')).toEqual(['Successful']);
    expect(await committed()).toEqual(others);
  });
};

const producersShown = (tool: Tool): void => {
  it('kafka-transactions shows the idempotent producers of a partition', async () => {
    const told = await tool('TransactionsCommand', [
      'describe-producers',
      ...[...TOPIC_FLAG, '--partition', '0'],
    ]);

    expect(columnOf(told, 'LastSequence').every((it) => Number(it) >= 0)).toBe(true);
    expect(columnOf(told, 'CurrentTransactionStartOffset')).toContain('None');
  });
};

const hasTopic = (listed: string): boolean => listed.split('\n').includes(TOPIC);

/**
 * What a tool shows, asked again for ten seconds where it is not what is awaited. Each broker, as in
 * Kafka, answers from its own metadata: one may be behind the one that took a change.
 */
const settled = async (
  isAwaited: (told: string) => boolean,
  ask: () => Promise<string>,
): Promise<string> => {
  const endMs = Date.now() + SETTLES_WITHIN_MS;
  for (;;) {
    const told = await ask();
    if (isAwaited(told) || Date.now() > endMs) return told;
  }
};

/** A column of a table with a head, without lines that are no rows. */
const columnOf = (table: string, name: string): string[] => {
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/));
  const head = rows.findIndex((row) => row.includes(name));
  const at = rows[head]?.indexOf(name) ?? -1;
  return rows.slice(head + 1).flatMap((row) => (row.length > at ? [row[at] ?? ''] : []));
};

const topicDeleted = (tool: Tool): void => {
  it('kafka-topics deletes the topic', async () => {
    await tool('TopicCommand', ['--delete', ...TOPIC_FLAG]);

    const isGone = (told: string): boolean => !hasTopic(told);
    const listed = await settled(isGone, () => tool('TopicCommand', ['--list']));
    expect(listed.split('\n')).not.toContain(TOPIC);
  });
};
