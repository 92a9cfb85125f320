import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../src/app/connect.ts';
import type { Ended } from './processes.ts';
import { ottla, Workshop } from './processes.ts';

const HOUR_MS = 3_600_000;

const workshop = new Workshop();
let bootstrap: string;

beforeAll(async () => {
  const node = await workshop.formatted(1, { 'delay.enable': 'true' });
  await workshop.running(node);
  bootstrap = node.client;
  await run(['topic', 'create', 'orders', '-p', '1']);
  await using client = connect({ bootstrap });
  await using producer = client.producer();
  for (const [at, key] of ['late', 'soon', 'last'].entries()) {
    const delayMs = [2, 1, 3][at] ?? 0;
    await producer.send({ topic: 'orders', key, value: `of ${key}`, delayMs: delayMs * HOUR_MS });
  }
  const repeat = { cron: '0 4 1 1 *', timeZone: 'Asia/Tokyo' };
  await producer.send({ topic: 'orders', key: 'yearly', value: 'again', repeat });
});

afterAll(() => workshop.close());

const run = (words: readonly string[]): Promise<Ended> =>
  ottla([...words, '--bootstrap', bootstrap]);

const linesOf = ({ stdout }: Ended): string[] => String(stdout).trimEnd().split('\n');

interface Listed {
  readonly partition: number;
  readonly offset: number;
  readonly dueMs: number;
  readonly key: string;
}

/** What waits with a key, by when it is due. */
const waiting = async (...words: readonly string[]): Promise<Listed[]> => {
  const listed = await run(['delayed', 'list', 'orders', '--json', ...words]);
  const text = String(listed.stdout).trimEnd();
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Listed);
};

/** Where the one with this key is held. */
const placeOf = async (key: string): Promise<string> => {
  const [one] = await waiting('--key', key);
  if (one === undefined) throw new Error(`${key} does not wait`);
  return `${one.partition}/${one.offset}`;
};

describe('delayed', () => {
  it('lists what waits by when it is due, with its place, and shows one', async () => {
    const listed = linesOf(await run(['delayed', 'list', 'orders', '-n', '10']));
    const keys = (await waiting()).map(({ key }) => key).filter((key) => key !== 'yearly');
    const shown = await run(['delayed', 'get', 'orders', '--at', await placeOf('soon')]);
    const yearly = await run([
      'delayed',
      'get',
      'orders',
      '--at',
      await placeOf('yearly'),
      '--json',
    ]);

    expect(listed[0]).toMatch(/^AT +DUE +TIMESTAMP +KEY$/);
    expect(listed).toHaveLength(5);
    expect(listed.find((line) => line.includes('"soon"'))).toMatch(/^0\/1 +\d{4}-.+Z +\d{4}-.+Z/);
    expect(keys).toEqual(['soon', 'late', 'last']);
    expect(String(shown.stdout)).toMatch(/^value +"of soon"$/m);
    expect(String(shown.stdout)).toMatch(/^header ottla-delay-ms +"3600000"$/m);
    const { dueMs, headers } = JSON.parse(String(yearly.stdout));
    // Tokyo is nine hours ahead, all year.
    expect(new Date(dueMs).toISOString()).toMatch(/-12-31T19:00:00\.000Z$/);
    expect(headers).toContainEqual({ key: 'ottla-cron-tz', value: 'Asia/Tokyo' });
  });

  it('reschedules one, which then is delivered, and cancels others, again as once', async () => {
    const at = await placeOf('soon');

    const moved = await run(['delayed', 'reschedule', 'orders', '--at', at, '--delay-ms', '0']);
    const read = await run(['consume', 'orders', '--from-beginning', '-n', '1']);
    const place = await placeOf('late');
    const cancelled = await run(['delayed', 'cancel', 'orders', '--at', place]);
    const again = await run(['delayed', 'cancel', 'orders', '--at', place]);
    const then = '2030-01-01T00:00:00Z';
    await run([
      'delayed',
      'reschedule',
      'orders',
      '--at',
      await placeOf('last'),
      '--deliver-at',
      then,
    ]);
    await run(['delayed', 'cancel', 'orders', '--at', await placeOf('yearly')]);

    expect(String(moved.stdout)).toBe(`rescheduled ${at} of orders\n`);
    expect(linesOf(read)).toEqual(['of soon']);
    expect([cancelled, again].map(({ status }) => status)).toEqual([0, 0]);
    expect(String(cancelled.stdout)).toBe(`cancelled ${place} of orders\n`);
    const left = (await waiting()).map(({ key, dueMs }) => [key, dueMs]);
    expect(left).toEqual([['last', Date.parse(then)]]);
  });

  it.each([
    [['get', '--at', '0/999'], /does not wait, it was delivered or cancelled/],
    [['cancel', '--at', '0/999'], /does not wait, it was delivered or cancelled/],
    [['cancel', '--at', '7'], /--at 7 is no place: give partition\/offset/],
    [['reschedule', '--at', '0/0'], /give either --deliver-at or --delay-ms/],
    [['reschedule', '--at', '0/0', '--deliver-at', 'soon'], /soon/],
  ])('says in one line what is wrong with %j', async ([verb = '', ...words], said) => {
    const { status, stderr } = await run(['delayed', verb, 'orders', ...words]);

    expect(status).not.toBe(0);
    expect(stderr).toMatch(said);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});
