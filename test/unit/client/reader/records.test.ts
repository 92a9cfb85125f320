import { describe, expect, test } from 'vitest';
import { json } from '../../../../src/client/serde/json.ts';
import { writeBatchHeader } from '../../../../src/record/batch-header.ts';
import type { World } from '../fixture.ts';
import { outcomeAfter, startWorld } from '../fixture.ts';
import { batchOf, fill, readerOf, startFilled, take } from './fixture.ts';

describe('batches', () => {
  test('come as they were stored, and count as read when handed out', async () => {
    const world = await startFilled(7);
    const reader = readerOf(world);
    const sizes: number[] = [];
    const work = async (): Promise<void> => {
      for await (const { records, nextOffset } of reader.batches()) {
        sizes.push(records.length);
        if (nextOffset === 7) return;
      }
    };

    await outcomeAfter(world.clock, 1000, work());

    expect(sizes).toEqual([3, 3, 1]);
    expect(reader.position(0)).toBe(7);
  });

  test('control batches are hidden and their offsets counted', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    fill(world, ['a']);
    const marker = batchOf(['marker']);
    writeBatchHeader(marker, {
      baseOffset: 0,
      partitionLeaderEpoch: 0,
      attributes: 0x30,
      lastOffsetDelta: 0,
      baseTimestampMs: 0,
      maxTimestampMs: 0,
      producerId: 1,
      producerEpoch: 0,
      baseSequence: -1,
      recordCount: 1,
    });
    world.cluster.partition('t').appendRaw(marker, 1);
    fill(world, ['b']);
    const reader = readerOf(world);

    const found = await take(world, reader, 2);

    expect(found).toEqual(['a', 'b']);
    expect(reader.position(0)).toBe(3);
  });
});

describe('records that cannot be decoded', () => {
  const startMixed = async (): Promise<World> => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    fill(world, ['{"n":1}', 'not json', '{"n":3}']);
    return world;
  };
  const decoding = { topic: 't', from: 'earliest', deserializers: { value: json() } } as const;

  test('end the iteration by default, naming the record, until somebody seeks past it', async () => {
    const world = await startMixed();
    const reader = world.client.reader(decoding);
    const found: unknown[] = [];
    const work = async (): Promise<void> => {
      for await (const { value } of reader) found.push(value);
    };

    const first = await outcomeAfter(world.clock, 1000, work());
    const second = await outcomeAfter(world.clock, 1000, work());
    reader.seek(0, 2);
    const third = await take(world, reader, 1);

    expect(found).toEqual([{ n: 1 }]);
    expect(first.error).toMatchObject({ code: 'SERIALIZATION' });
    expect(String(first.error)).toMatch(/value of t partition 0 offset 1 \(json\)/);
    expect(second.error).toMatchObject({ code: 'SERIALIZATION' });
    expect(third).toEqual([{ n: 3 }]);
  });

  test('are left out with skip', async () => {
    const world = await startMixed();
    const reader = world.client.reader({ ...decoding, onDecodeFailure: 'skip' });

    expect(await take(world, reader, 2)).toEqual([{ n: 1 }, { n: 3 }]);
  });

  test('are shown to the handler with their bytes', async () => {
    const world = await startMixed();
    const seen: string[] = [];
    const reader = world.client.reader({
      ...decoding,
      onDecodeFailure: ({ offset, part, value }) => {
        seen.push(`${offset} ${part} ${Buffer.from(value ?? []).toString()}`);
        return 'skip';
      },
    });

    await take(world, reader, 2);

    expect(seen).toEqual(['1 value not json']);
  });
});
