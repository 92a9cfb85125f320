import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../src/app/connect.ts';
import type { Ended } from './processes.ts';
import { ottla, Workshop } from './processes.ts';

const workshop = new Workshop();
let bootstrap: string;

beforeAll(async () => {
  const node = await workshop.formatted(1, {
    'offsets.topic.replication.factor': '1',
    'group.initial.rebalance.delay.ms': '0',
  });
  await workshop.running(node);
  bootstrap = node.client;
  await run(['topic', 'create', 'orders', '-p', '1']);
  await run(['topic', 'create', 'dead', '-p', '1']);
  await run(['produce', 'orders', '-k', '='], 'k1=bad-1\nk2=good\nk3=bad-2\n');
  await giveUpBad();
});

afterAll(() => workshop.close());

const run = (words: readonly string[], input?: string): Promise<Ended> =>
  ottla([...words, '--bootstrap', bootstrap], input === undefined ? {} : { input });

/** A consumer puts what is bad into `dead`. */
const giveUpBad = async (): Promise<void> => {
  await using client = connect({ bootstrap });
  const stop = new AbortController();
  const consumer = client.consumer({
    topics: ['orders'],
    groupId: 'billing',
    offsetReset: 'earliest',
  });
  let goneCount = 0;
  await consumer.run({
    handler: ({ value }) => {
      const text = Buffer.from(value ?? []).toString();
      if (text.startsWith('bad')) throw new RangeError(`${text} has no sum`);
    },
    onFailure: {
      attempts: 2,
      giveUp: { deadLetter: { topic: 'dead' } },
      onDead: () => {
        goneCount += 1;
        if (goneCount === 2) stop.abort();
      },
    },
    signal: stop.signal,
  });
};

const linesOf = ({ stdout }: Ended): string[] => String(stdout).trimEnd().split('\n');

describe('dlq', () => {
  it('lists, shows and sends back, each once', async () => {
    const listed = await run(['dlq', 'list', 'dead', '--group', 'billing']);
    const one = await run(['dlq', 'list', 'dead', '--error', 'bad-2 has', '--json']);
    const { letter } = JSON.parse(linesOf(one)[0] ?? '') as { letter: { offset: number } };
    const shown = await run(['dlq', 'show', 'dead', '--at', `0/${letter.offset}`]);
    const dry = await run(['dlq', 'redrive', 'dead', '--error', 'bad-2', '--dry-run']);
    const sent = await run(['dlq', 'redrive', 'dead', '--error', 'bad-2', '--rate', '10']);
    const rest = await run(['dlq', 'redrive', 'dead', '--json']);
    const left = await run(['dlq', 'list', 'dead']);
    const all = await run(['consume', 'orders', '--from-beginning', '--exit-at-end']);

    expect(linesOf(listed)).toHaveLength(3);
    expect(linesOf(listed)[1]).toMatch(
      /orders\/0\/\d +billing +2 .+ RangeError: bad-\d has no sum$/,
    );
    expect(String(shown.stdout)).toContain('RangeError: bad-2 has no sum');
    expect(String(dry.stdout)).toBe('would send back 1 record(s) of dead\n');
    expect(String(sent.stdout)).toBe('sent back 1 record(s) of dead\n');
    expect(JSON.parse(String(rest.stdout))).toEqual({ redrivenCount: 1, dryRun: false });
    expect(linesOf(left)).toHaveLength(1);
    expect(linesOf(all).slice(3)).toEqual(['bad-2', 'bad-1']);
  });

  it('says in one line where no letter is, and what is no place', async () => {
    const missing = await run(['dlq', 'show', 'dead', '--at', '0/99']);
    const wrong = await run(['dlq', 'show', 'dead', '--at', 'first']);

    expect([missing.status, wrong.status]).toEqual([1, 2]);
    expect(missing.stderr).toContain('no dead letter at offset 99');
    expect(wrong.stderr).toContain('give partition/offset');
  });
});
