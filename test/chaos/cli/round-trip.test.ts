import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ended } from './processes.ts';
import { ottla, Workshop } from './processes.ts';

const workshop = new Workshop();
let bootstrap: string;
let topics = 0;

beforeAll(async () => {
  const node = await workshop.formatted(1);
  await workshop.running(node);
  bootstrap = node.client;
});

afterAll(() => workshop.close());

const run = (words: readonly string[], input?: string | Uint8Array): Promise<Ended> =>
  ottla([...words, '--bootstrap', bootstrap], input === undefined ? {} : { input });

const newTopic = async (partitions = 1): Promise<string> => {
  topics += 1;
  const topic = `topic-${topics}`;
  const { status } = await run(['topic', 'create', topic, '-p', String(partitions)]);
  expect(status).toBe(0);
  return topic;
};

const produce = async (
  topic: string,
  input: string | Uint8Array,
  words: readonly string[] = [],
): Promise<void> => {
  const { status, stderr } = await run(['produce', topic, ...words], input);
  expect(stderr).toBe('');
  expect(status).toBe(0);
};

const consume = async (topic: string, words: readonly string[] = []): Promise<Buffer> => {
  const reading = ['consume', topic, '--from-beginning', '--exit-at-end', ...words];
  const { status, stdout, stderr } = await run(reading);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
};

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('what was produced is consumed byte for byte:', () => {
  it('empty lines, CR, NUL and bytes that are no UTF-8', async () => {
    const topic = await newTopic();
    const input = Buffer.from([0x0a, 0x0d, 0x0a, 0x00, 0xff, 0xc3, 0x0a, 0x0a, 0x41, 0x0a]);

    await produce(topic, input);

    expect(await consume(topic)).toEqual(input);
  });

  it('a last line without LF, which gets one', async () => {
    const topic = await newTopic();

    await produce(topic, 'a\nb');

    expect((await consume(topic)).toString()).toBe('a\nb\n');
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('lines compressed with %s', async (codec) => {
    const topic = await newTopic();
    const input = Array.from({ length: 2000 }, (_, index) => `line ${index}\n`).join('');

    await produce(topic, input, ['--compression', codec]);

    expect((await consume(topic)).toString()).toBe(input);
  });

  it('lines far above max.message.bytes, in chunks', async () => {
    const topic = await newTopic(3);
    const long = randomBytes(3_500_000).toString('base64');
    const input = Buffer.from(`${long}\n`);

    await produce(topic, input);

    expect(sha256(await consume(topic))).toBe(sha256(input));
  });

  it('many lines over several partitions, each once', async () => {
    const topic = await newTopic(4);
    const lines = Array.from({ length: 100_000 }, (_, index) => `${index}`);

    await produce(topic, `${lines.join('\n')}\n`);

    const read = (await consume(topic)).toString().trimEnd().split('\n');
    expect(read.map(Number).sort((a, b) => a - b)).toEqual(lines.map(Number));
  });

  it.each(['0', '1', 'all'])('lines sent with acks=%s', async (acks) => {
    const topic = await newTopic();

    await produce(topic, 'a\nb\n', ['--acks', acks]);

    // With acks=0 the sender has left before the broker has written.
    const read = async (): Promise<string> => (await consume(topic)).toString();
    await expect.poll(read, { timeout: 20_000 }).toBe('a\nb\n');
  });
});

describe('ottla consume', () => {
  it('prints keys, offsets and bytes that are no text as JSON', async () => {
    const topic = await newTopic();
    await produce(topic, Buffer.concat([Buffer.from('k:v\n:'), Buffer.from([0xff, 0x0a])]), [
      '--key-separator',
      ':',
    ]);

    const lines = (await consume(topic, ['--json'])).toString().trimEnd().split('\n');

    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { partition: 0, offset: 0, key: 'k', value: 'v' },
      { partition: 0, offset: 1, key: '', value: { base64: '/w==' } },
    ]);
  });

  it('ends at once at the end of an empty topic', async () => {
    expect((await consume(await newTopic(3))).length).toBe(0);
  });

  it('stops after the messages it was asked for', async () => {
    const topic = await newTopic();
    await produce(topic, 'a\nb\nc\n');

    expect((await consume(topic, ['--max-messages', '2'])).toString()).toBe('a\nb\n');
  });

  it('reads only the partitions it was given', async () => {
    const topic = await newTopic(2);
    await produce(topic, 'a:1\nb:2\nc:3\nd:4\ne:5\nf:6\n', ['--key-separator', ':']);

    const [first, second] = await Promise.all(
      ['0', '1'].map((partition) => consume(topic, ['--partition', partition])),
    );

    const values = `${first}${second}`.trimEnd().split('\n').sort();
    expect(values).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(first?.length).toBeLessThan(12);
  });

  it('ends without a word when its reader has gone', async () => {
    const topic = await newTopic();
    await produce(topic, `${'x'.repeat(1000)}\n`.repeat(5000));

    const bin = fileURLToPath(new URL('../../../bin/ottla', import.meta.url));
    const verb = `consume ${topic} --from-beginning --bootstrap ${bootstrap}`;
    const line = `set -o pipefail; '${process.execPath}' '${bin}' ${verb} | head -n 1 | wc -c`;
    const { stdout, stderr, status } = await shell(line);

    expect(stderr).toBe('');
    expect(stdout.trim()).toBe('1001');
    expect(status).toBe(0);
  });
});

const shell = (line: string): Promise<{ stdout: string; stderr: string; status: number | null }> =>
  new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', line], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (part) => {
      stdout += part;
    });
    child.stderr.on('data', (part) => {
      stderr += part;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ stdout, stderr, status }));
  });

describe('a topic', () => {
  it('can be described, altered and deleted', async () => {
    const topic = await newTopic();

    await run(['topic', 'alter', topic, '-p', '3', '--config', 'retention.ms=1000']);

    const described = JSON.parse(`${(await run(['topic', 'describe', topic, '--json'])).stdout}`);
    expect(described.partitions).toHaveLength(3);
    expect(described.partitions[0]).toMatchObject({ partition: 0, leader: 1, isr: [1] });
    expect(described.configs['retention.ms']).toBe('1000');
    expect((await run(['topic', 'delete', topic])).status).toBe(0);
    const left = JSON.parse(`${(await run(['topic', 'list', '--json'])).stdout}`);
    expect(left.map(({ name }: { name: string }) => name)).not.toContain(topic);
  });
});

describe('produce to a topic that is not there', () => {
  it('makes it, and says so', async () => {
    const { status, stderr } = await run(['produce', 'misspelt'], 'a\n');

    expect(stderr).toBe('topic misspelt was not there: made with 1 partition(s)\n');
    expect(status).toBe(0);
    await produce('misspelt', 'b\n');
    expect((await consume('misspelt')).toString()).toBe('a\nb\n');
  });

  it('fails with --no-create', async () => {
    const { status, stderr } = await run(['produce', 'nope', '--no-create'], 'a\n');

    expect(stderr).toMatch(/topic nope.*\(UNKNOWN_TOPIC_OR_PARTITION\)/);
    expect(status).toBe(1);
  });
});
