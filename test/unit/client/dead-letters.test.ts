import { describe, expect, test } from 'vitest';
import type { DeadLetter, DeadLetterFilter } from '../../../src/client/dead-letters/dead-letter.ts';
import type { RedriveOptions } from '../../../src/client/dead-letters/dead-letter-admin.ts';
import type { FailureTrail } from '../../../src/client/failure/failure-trail.ts';
import { addTrail } from '../../../src/client/failure/failure-trail.ts';
import { BatchBuilder } from '../../../src/record/batch-builder.ts';
import type { RecordHeader } from '../../../src/record/record.ts';
import type { World } from './fixture.ts';
import { outcomeAfter, startWorld, text, valuesIn } from './fixture.ts';

const TRAIL: FailureTrail = {
  topic: 't',
  partition: 1,
  offset: 17,
  timestampMs: 5,
  groupId: 'g',
  attempts: 5,
  errorName: 'TypeError',
  errorMessage: 'no sum',
  errorStack: '',
  firstFailureMs: 100,
  lastFailureMs: 200,
};

const TWICE: readonly RecordHeader[] = [
  { key: 'h', value: Buffer.from('1') },
  { key: 'h', value: Buffer.from('2') },
];

const put = (
  world: World,
  value: string,
  trail: Partial<FailureTrail> | undefined,
  own = TWICE,
): void => {
  const builder = new BatchBuilder({ maxBytes: 100_000 });
  const headers = trail === undefined ? own : addTrail(own, { ...TRAIL, ...trail });
  builder.append({
    key: Buffer.from(`key-${value}`),
    value: Buffer.from(value),
    headers,
    timestampMs: 300,
  });
  world.cluster.partition('dead').append(builder.build());
};

/** Letters a, b, c, and something else between them. */
const startWithLetters = async (): Promise<World> => {
  const world = await startWorld();
  world.cluster.createTopic('t', { partitions: 3 });
  world.cluster.createTopic('dead', { partitions: 2 });
  put(world, 'a', {});
  put(world, 'no letter', undefined);
  put(world, 'b', { groupId: 'other', topic: 'u', offset: 3, lastFailureMs: 900 });
  put(world, 'c', { errorName: 'Error', errorMessage: 'timed out', partition: 9 });
  return world;
};

const listed = async (world: World, filter: DeadLetterFilter = {}): Promise<DeadLetter[]> => {
  const letters: DeadLetter[] = [];
  const listing = async (): Promise<void> => {
    for await (const letter of world.client.admin().deadLetters.list('dead', filter)) {
      letters.push(letter);
    }
  };
  const { error, isPending } = await outcomeAfter(world.clock, 5000, listing());
  expect([error, isPending]).toEqual([undefined, false]);
  return letters;
};

const valuesOf = (letters: readonly DeadLetter[]): string =>
  letters.map(({ value }) => text(value)).join(' ');

const redrive = async (world: World, options: RedriveOptions = {}) =>
  await outcomeAfter(
    world.clock,
    10_000,
    world.client.admin().deadLetters.redrive('dead', options),
  );

describe('dead letters', () => {
  test('are listed as the records were, with what is told of them', async () => {
    const world = await startWithLetters();

    const [first] = await listed(world);

    expect(first).toMatchObject({ ...TRAIL, isRedriven: false });
    expect(first?.letter).toEqual({ topic: 'dead', partition: 0, offset: 0, timestampMs: 300 });
    expect(first?.headers.map(({ key, value }) => [key, text(value)])).toEqual([
      ['h', '1'],
      ['h', '2'],
    ]);
  });

  test.each<[DeadLetterFilter, string]>([
    [{}, 'a b c'],
    [{ groupId: 'g' }, 'a c'],
    [{ topic: 'u' }, 'b'],
    [{ partition: 9 }, 'c'],
    [{ offset: 3 }, 'b'],
    [{ key: 'key-c' }, 'c'],
    [{ error: 'timed' }, 'c'],
    [{ error: 'TypeError: no' }, 'a b'],
    [{ sinceMs: 900 }, 'b'],
    [{ untilMs: 900 }, 'a c'],
    [{ groupId: 'g', error: 'sum' }, 'a'],
    [{ isRedriven: true }, ''],
  ])('that %o holds for are %j', async (filter, values) => {
    const world = await startWithLetters();

    expect(valuesOf(await listed(world, filter))).toBe(values);
  });

  test('are shown one by one, and named where there is none', async () => {
    const world = await startWithLetters();
    const { deadLetters } = world.client.admin();

    const found = await outcomeAfter(
      world.clock,
      5000,
      deadLetters.show('dead', { partition: 0, offset: 2 }),
    );
    const missing = await outcomeAfter(
      world.clock,
      5000,
      deadLetters.show('dead', { partition: 0, offset: 1 }),
    );

    expect(text(found.value?.value ?? null)).toBe('b');
    expect(missing.error).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
  });

  test('refuse a filter that does not exist, by name', async () => {
    const world = await startWithLetters();

    const listing = world.client.admin().deadLetters.list('dead', { grup: 'g' } as object);

    await expect(listing.next()).rejects.toThrow(/^unknown key of the filter: grup/);
  });
});

describe('a redrive', () => {
  test('sends records back byte for byte, to their partition where it is there', async () => {
    const world = await startWithLetters();

    const { value } = await redrive(world, { filter: { groupId: 'g' } });

    const [a] = world.cluster.partition('t', 1).records;
    expect(value).toEqual({ redrivenCount: 2 });
    expect([text(a?.key ?? null), text(a?.value ?? null)]).toEqual(['key-a', 'a']);
    expect(a?.headers.map((header) => [header.key, text(header.value)])).toEqual([
      ['h', '1'],
      ['h', '2'],
    ]);
    const all = [0, 1, 2].flatMap((partition) => valuesIn(world, 't', partition));
    expect(all.sort()).toEqual(['a', 'c']);
  });

  test('does not delay a record again that has waited', async () => {
    const world = await startWithLetters();
    const waited = ['ottla-delay-ms', 'ottla-held-timestamp', 'ottla-held-offset'];
    const headers = waited.map((key) => ({ key, value: Buffer.from('9') }));
    put(world, 'd', { errorName: 'Late' }, headers);

    await redrive(world, { filter: { error: 'Late' } });

    const [d] = world.cluster.partition('t', 1).records;
    expect(d?.headers.map(({ key }) => key)).toEqual(['ottla-held-timestamp', 'ottla-held-offset']);
  });

  test('leaves out the id by which its partition would not take a record again', async () => {
    const world = await startWithLetters();
    const headers = ['message-id', 'mine'].map((key) => ({ key, value: Buffer.from('9') }));
    put(world, 'd', { errorName: 'Late' }, headers);

    await redrive(world, { filter: { error: 'Late' } });

    const [d] = world.cluster.partition('t', 1).records;
    expect(d?.headers.map(({ key }) => key)).toEqual(['mine']);
  });

  test('sends nothing back twice, unless it is asked to', async () => {
    const world = await startWithLetters();
    const filter = { groupId: 'g', error: 'sum' };
    await redrive(world, { filter });

    const again = await redrive(world, { filter });
    const asked = await redrive(world, { filter: { ...filter, isRedriven: true } });

    expect([again.value, asked.value]).toEqual([{ redrivenCount: 0 }, { redrivenCount: 1 }]);
    expect(valuesIn(world, 't', 1)).toEqual(['a', 'a']);
    expect(valuesOf(await listed(world))).toBe('a b c');
    expect(valuesOf(await listed(world, { isRedriven: true }))).toBe('a');
  });

  test('goes to another topic where one is named, and no further than it may', async () => {
    const world = await startWithLetters();

    const { value } = await redrive(world, { to: 't', maxRecords: 2 });

    const all = [0, 1, 2].flatMap((partition) => valuesIn(world, 't', partition));
    expect([value, all.sort()]).toEqual([{ redrivenCount: 2 }, ['a', 'b']]);
  });

  test('only counts where it is to be dry', async () => {
    const world = await startWithLetters();

    const { value } = await redrive(world, { dryRun: true });

    expect(value).toEqual({ redrivenCount: 3 });
    expect(valuesIn(world, 't', 1)).toEqual([]);
    expect(valuesOf(await listed(world, { isRedriven: true }))).toBe('');
  });

  test('keeps to its rate', async () => {
    const world = await startWithLetters();
    for (let at = 0; at < 20; at += 1) put(world, `more-${at}`, {});
    const { deadLetters } = world.client.admin();

    const options = { perSecond: 2, filter: { groupId: 'g', error: 'sum' } };
    const redriving = outcomeAfter(world.clock, 0, deadLetters.redrive('dead', options));
    await world.clock.settle(5200);
    await redriving;
    const soFar = valuesIn(world, 't', 1).length;
    await world.clock.settle(10_000);

    expect(soFar).toBeGreaterThanOrEqual(8);
    expect(soFar).toBeLessThanOrEqual(11);
    expect(valuesIn(world, 't', 1)).toHaveLength(21);
  });

  test('fails where a topic is gone, with the others sent and marked', async () => {
    const world = await startWithLetters();

    const { error } = await outcomeAfter(
      world.clock,
      60_000,
      world.client.admin().deadLetters.redrive('dead'),
    );

    expect(error).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
    expect(valuesOf(await listed(world, { isRedriven: true }))).toBe('a c');
  });
});
