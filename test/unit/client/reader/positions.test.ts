import { describe, expect, test } from 'vitest';
import { string } from '../../../../src/client/serde/serde.ts';
import { outcomeAfter, startWorld } from '../fixture.ts';
import { batchOf, fill, range, readerOf, startFilled, take } from './fixture.ts';

describe('where reading begins', () => {
  test('earliest hands out everything, in order, with offsets', async () => {
    const world = await startFilled(10);
    const reader = readerOf(world);
    const offsets: number[] = [];

    const work = async (): Promise<void> => {
      for await (const { offset } of reader) {
        offsets.push(offset);
        if (offset === 9) return;
      }
    };
    await outcomeAfter(world.clock, 1000, work());

    expect(offsets).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('latest hands out only what comes later', async () => {
    const world = await startFilled(10);
    const reader = readerOf(world, { from: 'latest' });

    const taken = take(world, reader, 2);
    await world.clock.settle(200);
    fill(world, range(2, 10));

    expect(await taken).toEqual(['v10', 'v11']);
  });

  test('an offset inside a batch skips the records before it', async () => {
    const world = await startFilled(10);
    const reader = readerOf(world, { from: { offset: 4 } });

    expect(await take(world, reader, 3)).toEqual(['v4', 'v5', 'v6']);
  });

  test('a moment begins at the first record at or after it', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    world.cluster.partition('t').append(batchOf(['old'], 1000));
    world.cluster.partition('t').append(batchOf(['young'], 2000));
    const reader = readerOf(world, { from: { timestampMs: 1001 } });

    expect(await take(world, reader, 1)).toEqual(['young']);
  });

  test('a moment after the last record begins at the end', async () => {
    const world = await startFilled(3);
    const reader = readerOf(world, { from: { timestampMs: 99 } });

    const taken = take(world, reader, 1);
    await world.clock.settle(200);
    fill(world, ['new']);

    expect(await taken).toEqual(['new']);
  });

  test('assignments read their partitions only, each from its own place', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t', { partitions: 3 });
    for (const partition of [0, 1, 2]) fill(world, range(4, partition * 10), { partition });
    const reader = world.client.reader({
      assignments: [
        { topic: 't', partition: 2, from: { offset: 3 } },
        { topic: 't', partition: 0, from: 'earliest' },
      ],
      deserializers: { value: string },
    });

    const found = await take(world, reader, 5);

    expect(found.sort()).toEqual(['v0', 'v1', 'v2', 'v23', 'v3']);
  });

  test('a topic that nobody knows ends the iteration with its name', async () => {
    const world = await startWorld();
    const reader = world.client.reader({ topic: 'no' });

    await expect(take(world, reader, 1, 10_000)).rejects.toThrow(/no does not exist/);
  });

  test('a partition that is not there ends the iteration', async () => {
    const world = await startFilled(1);
    const reader = world.client.reader({ assignments: [{ topic: 't', partition: 5 }] });

    await expect(take(world, reader, 1)).rejects.toMatchObject({ code: 'INVALID_PARTITIONS' });
  });

  test('latest is the end also of a partition that this client does not know yet', async () => {
    const world = await startFilled(1);
    await take(world, readerOf(world), 1);
    world.cluster.addPartitions('t', 1);
    fill(world, ['before'], { partition: 1 });
    const reader = readerOf(world, { from: 'latest' });

    const taken = take(world, reader, 1);
    await world.clock.settle(200);
    fill(world, ['after'], { partition: 1 });

    expect(await taken).toEqual(['after']);
  });

  test.each([
    [{ from: 'start' as 'earliest' }, /from="start" is no position: give earliest/],
    [{ from: { offset: -1 } }, /from=\{"offset":-1\} is no position/],
    [{ from: { timestampMs: 0.5 } }, /is no position/],
    [{ offsetOutOfRange: 'none' as 'fail' }, /offsetOutOfRange=none is none of earliest/],
    [{ onDecodeFailure: 'drop' as 'skip' }, /onDecodeFailure=drop is none of fail, skip/],
  ])('%o is refused by name', async (options, message) => {
    const world = await startWorld();

    expect(() => readerOf(world, options)).toThrow(message);
  });

  test('a seek to where no offset can be is refused, and the position stays', async () => {
    const world = await startFilled(3);
    const reader = readerOf(world);
    await take(world, reader, 2);

    expect(() => reader.seek(0, -1)).toThrow(/seek=\{"offset":-1\} is no position/);
    expect(reader.position(0)).toBe(2);
  });

  test('neither or both of topic and assignments is refused', async () => {
    const { client } = await startWorld();

    expect(() => client.reader({})).toThrow(/topic or assignments/);
  });
});

describe('positions', () => {
  test('an iteration that is left is taken up behind the last record handed out', async () => {
    const world = await startFilled(10);
    const reader = readerOf(world);

    const first = await take(world, reader, 4);
    const position = reader.position(0);
    const second = await take(world, reader, 6);

    expect(position).toBe(4);
    expect([...first, ...second]).toEqual(range(10));
  });

  test('a seek in the middle of a batch is obeyed by the next record', async () => {
    const world = await startFilled(9);
    const reader = readerOf(world);
    const found: string[] = [];
    const work = async (): Promise<void> => {
      for await (const { value, offset } of reader) {
        found.push(value ?? '');
        if (offset === 1 && found.length === 2) reader.seek(0, 7);
        if (offset === 8) return;
      }
    };

    await outcomeAfter(world.clock, 2000, work());

    expect(found).toEqual(['v0', 'v1', 'v7', 'v8']);
  });

  test('a seek before the first iteration decides where it begins', async () => {
    const world = await startFilled(9);
    const reader = readerOf(world);

    reader.seek(0, { offset: 6 });

    expect(await take(world, reader, 3)).toEqual(['v6', 'v7', 'v8']);
  });

  test('a seek back by time hands records out again', async () => {
    const world = await startFilled(6);
    const reader = readerOf(world);
    await take(world, reader, 6);

    reader.seek(0, { timestampMs: 0 });

    expect(await take(world, reader, 2)).toEqual(['v0', 'v1']);
  });

  test('a paused partition hands out nothing, others go on; resume goes on where it was', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t', { partitions: 2 });
    fill(world, range(6), { partition: 0 });
    fill(world, range(6, 10), { partition: 1 });
    const reader = readerOf(world);

    reader.pause([0]);
    const others = await take(world, reader, 6);
    await world.clock.settle(2000);
    const position = reader.position(0);
    reader.resume();
    const rest = await take(world, reader, 6);

    expect(others).toEqual(range(6, 10));
    expect(position).toBe(0);
    expect(rest).toEqual(range(6));
  });

  test('endOffsets tells the ends of all partitions', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t', { partitions: 2 });
    fill(world, range(6), { partition: 1 });
    const reader = readerOf(world);

    const { value } = await outcomeAfter(world.clock, 200, reader.endOffsets());

    expect(value).toEqual([
      { topic: 't', partition: 0, endOffset: 0 },
      { topic: 't', partition: 1, endOffset: 6 },
    ]);
  });

  test('an offset out of range ends the iteration by default, naming what there is', async () => {
    const world = await startFilled(3);
    const reader = readerOf(world, { from: { offset: 50 } });

    await expect(take(world, reader, 1)).rejects.toThrow(/offset 50 .* 0 up to 3/);
  });

  test.each([
    ['earliest', 'v0'],
    ['latest', 'new'],
  ] as const)('out of range with %s goes on from there', async (policy, expected) => {
    const world = await startFilled(3);
    const reader = readerOf(world, { from: { offset: 50 }, offsetOutOfRange: policy });

    const taken = take(world, reader, 1);
    await world.clock.settle(300);
    fill(world, ['new']);

    expect(await taken).toEqual([expected]);
  });
});
