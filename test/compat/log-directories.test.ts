import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ottla, Workshop } from '../chaos/cli/processes.ts';
import { checkJavaTools, javaFor } from './support/install/java.ts';
import { mustRun } from './support/run.ts';

const missing = await checkJavaTools().then(
  () => undefined,
  (error: Error) => error.message,
);
if (missing !== undefined) process.stderr.write(`kafka-log-dirs is not run: ${missing}\n`);

const TOPIC = 't';
const workshop = new Workshop();

afterAll(() => workshop.close());

interface LogDir {
  readonly logDir: string;
  readonly error: string | null;
  readonly partitions: ReadonlyArray<{ readonly partition: string }>;
}

describe.skipIf(missing !== undefined)('the tool of Kafka 4.4, for a node without one disk', () => {
  it('shows the directory as failed, and its replica as offline', async () => {
    const directories = [join(workshop.root, 'one'), join(workshop.root, 'two')];
    const [first = '', second = ''] = directories;
    const node = await workshop.formatted(1, { 'log.dirs': directories.join(',') });
    const before = workshop.start(node);
    await workshop.untilReady(node, before);
    const create = ['topic', 'create', TOPIC, '-p', '2', '-r', '1'];
    expect((await ottla([...create, '--bootstrap', node.client])).stderr).toBe('');
    before.child.kill('SIGTERM');
    await before.ended;
    rmSync(second, { recursive: true });
    await workshop.running(node);
    const java = await javaFor('v4');
    const tool = (name: string, words: readonly string[]): Promise<string> =>
      mustRun([...java, name, '--bootstrap-server', node.kafka, '--describe', ...words]);

    const dirs = await tool('org.apache.kafka.tools.LogDirsCommand', []);
    const topics = await tool('org.apache.kafka.tools.TopicCommand', ['--unavailable-partitions']);

    const { brokers } = JSON.parse(dirs.trim().split('\n').at(-1) ?? '{}');
    const found = brokers[0].logDirs as LogDir[];
    const kept = found.find(({ logDir }) => logDir === first);
    const lost = found.find(({ logDir }) => logDir === second);
    expect(kept?.error).toBeNull();
    expect(kept?.partitions).toHaveLength(1);
    expect(lost?.error).toContain('KafkaStorageException');
    expect(lost?.partitions).toEqual([]);
    const [gone] = [`${TOPIC}-0`, `${TOPIC}-1`].filter(
      (it) => it !== kept?.partitions[0]?.partition,
    );
    expect(topics.match(/Partition: \d/g)).toEqual([`Partition: ${gone?.at(-1)}`]);
  });
});
