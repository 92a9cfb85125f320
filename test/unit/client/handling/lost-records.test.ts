import { describe, expect, test } from 'vitest';
import type { ClientContext } from '../../../../src/client/context.ts';
import { HandlerTimes } from '../../../../src/client/handling/handler-times.ts';
import { Run } from '../../../../src/client/handling/run.ts';
import { resolveRunOptions } from '../../../../src/client/handling/run-options.ts';
import { PartitionCursor } from '../../../../src/client/reader/partition-cursor.ts';
import type { Delivery } from '../../../../src/client/reader/record-source.ts';
import { startWorld } from '../fixture.ts';

/** A batch of records `offset:term`, as it is fetched at `offset`. */
const deliver = (
  cursor: PartitionCursor,
  offset: number,
  count: number,
  term: string,
): Delivery<string, string> => {
  const stored = Array.from({ length: count }, (_, at) => ({
    offset: offset + at,
    timestampMs: 0,
    key: null,
    value: Buffer.from(term),
    headers: [],
  }));
  const place = { topic: 't', partition: 0 };
  const records = stored.map((record) => ({
    ...record,
    ...place,
    value: `${record.offset}:${term}`,
  }));
  const batch = { ...place, records, nextOffset: offset + count, highWatermark: offset + count };
  const { generation } = cursor;
  return { batch, cursor, generation, stop: undefined, stored };
};

describe('a log that goes on below of where it was read', () => {
  test.each([
    ['in this run', 3, 7, ['3:old', '6:old', '7:old', '4:new', '5:new', '6:new']],
    ['before this run', 4, 0, ['2:new', '3:new', '4:new', '5:new']],
  ] as const)(
    'has records in the place of those that were finished %s',
    async (_, begin, until, values) => {
      const { env } = await startWorld();
      const cursor = new PartitionCursor('t', 0, { offset: begin });
      const handled: Array<string | null> = [];
      let resume: { nextOffset: number; finished: string } | undefined = {
        nextOffset: begin,
        finished: 'done1=BC',
      };
      const run: Run<string, string> = new Run<string, string>(
        {
          context: env as ClientContext,
          groupId: 'g',
          generation: () => 1,
          degrade: { isPaused: false, isSkipping: false, skips: () => false },
          positionOf: () => undefined,
          times: new HandlerTimes(),
          resumeOf: () => resume,
          forget: (it) => {
            run.drop(it);
            resume = undefined;
          },
          tell: () => {},
        },
        resolveRunOptions<string, string>(
          { handler: ({ value }) => void handled.push(value), order: 'none', concurrency: 10 },
          30_000,
        ),
      );
      const deliveries = async function* () {
        if (until > 0) yield deliver(cursor, begin, 5, 'old');
        const back = until > 0 ? 4 : 2;
        cursor.seek({ offset: back });
        yield deliver(cursor, back, until > 0 ? 3 : 4, 'new');
      };

      await run.through(deliveries());

      expect(handled).toEqual(values);
    },
  );
});
