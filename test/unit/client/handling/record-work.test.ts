import { expect, test } from 'vitest';
import type { ClientContext } from '../../../../src/client/context.ts';
import { encodeFinished } from '../../../../src/client/handling/finished-text.ts';
import type { Handed } from '../../../../src/client/handling/handed.ts';
import { HandlerTimes } from '../../../../src/client/handling/handler-times.ts';
import { RecordWork } from '../../../../src/client/handling/record-work.ts';
import { resolveRunOptions } from '../../../../src/client/handling/run-options.ts';
import { PartitionCursor } from '../../../../src/client/reader/partition-cursor.ts';
import type { Delivery } from '../../../../src/client/reader/record-source.ts';
import { startWorld } from '../fixture.ts';

/** Hands out nothing, and knows what it was told of. */
class Told extends RecordWork<string, string> {
  readonly taken: number[] = [];

  override wake(): void {}

  protected override laneOf(): undefined {
    return undefined;
  }

  protected override onTaken(_: PartitionCursor, { record }: Handed<string, string>): void {
    this.taken.push(record.offset);
  }
}

const deliveryOf = (
  cursor: PartitionCursor,
  offsets: readonly number[],
): Delivery<string, string> => {
  const { topic, partition, generation } = cursor;
  const shared = { timestampMs: 0, key: null, value: null, headers: [] };
  const stored = offsets.map((offset) => ({ ...shared, offset }));
  const records = stored.map((record) => ({ ...record, topic, partition }));
  const end = offsets.length;
  const batch = { topic, partition, records, nextOffset: end, highWatermark: end };
  return { cursor, generation, batch, stop: undefined, stored };
};

test('only what is not told as finished above the committed offset is taken', async () => {
  const { env } = await startWorld();
  const cursor = new PartitionCursor('t', 0, { offset: 0 });
  const finished = encodeFinished(0, [{ start: 1, end: 3 }]);
  const work = new Told(
    {
      context: env as ClientContext,
      groupId: 'g',
      generation: () => 1,
      degrade: { isPaused: false, isSkipping: false, skips: () => false },
      times: new HandlerTimes(),
      resumeOf: () => ({ nextOffset: 0, finished }),
      positionOf: () => 0,
      forget: () => {},
      tell: () => {},
    },
    resolveRunOptions<string, string>({ handler: () => {} }, 60_000),
  );

  await work.through(
    (async function* () {
      yield deliveryOf(cursor, [0, 1, 2, 3]);
    })(),
  );

  expect(work.taken).toEqual([0, 3]);
});
