import { expect, it } from 'vitest';
import { CompactedFixture, headersIn, partsOf } from './compaction-fixture.ts';

/** Versions of one key: two of leader epoch 1, three of epoch 2; and a segment behind them. */
const twoEpochs = async (): Promise<CompactedFixture> => {
  const fixture = new CompactedFixture();
  await fixture.start();
  for (const leaderEpoch of [1, 1, 2, 2, 2]) {
    fixture.putBatch({ records: [{ key: 'a', value: 'v' }] }, leaderEpoch);
  }
  const { config } = fixture.log;
  fixture.log.config = { ...config, segmentMs: 0 };
  fixture.putBatch({ records: [{ key: 'b', value: 'v' }] }, 2);
  fixture.log.config = config;
  await fixture.flush();
  return fixture;
};

it('what goes of two leader epochs leaves a gap in each, where the epoch began', async () => {
  const fixture = await twoEpochs();

  await fixture.compacted();

  expect(headersIn(partsOf(fixture.log))).toMatchObject([
    { baseOffset: 0, lastOffsetDelta: 1, recordCount: 0, partitionLeaderEpoch: 1 },
    { baseOffset: 2, lastOffsetDelta: 1, recordCount: 0, partitionLeaderEpoch: 2 },
    { baseOffset: 4, lastOffsetDelta: 0, recordCount: 1, partitionLeaderEpoch: 2 },
    { baseOffset: 5, lastOffsetDelta: 0, recordCount: 1, partitionLeaderEpoch: 2 },
  ]);
});

it('gaps of two leader epochs stay two when they are compacted once more', async () => {
  const fixture = await twoEpochs();
  await fixture.compacted();
  const { config } = fixture.log;
  fixture.log.config = { ...config, segmentMs: 0 };
  for (const key of ['a', 'c']) fixture.putBatch({ records: [{ key, value: 'v' }] }, 2);
  fixture.log.config = config;
  await fixture.flush();

  await fixture.compacted();

  expect(headersIn(partsOf(fixture.log)).slice(0, 2)).toMatchObject([
    { baseOffset: 0, lastOffsetDelta: 1, recordCount: 0, partitionLeaderEpoch: 1 },
    { baseOffset: 2, lastOffsetDelta: 2, recordCount: 0, partitionLeaderEpoch: 2 },
  ]);
});

it('a batch whose leader epoch has rotted is not copied', async () => {
  const fixture = await twoEpochs();
  const [first] = fixture.files('.log');
  // The epoch's lowest byte in the first header, which no CRC covers.
  fixture.disk.corrupt(`${fixture.log.directory}/${first}`, 15, 1);

  await expect(fixture.compact()).rejects.toMatchObject({
    code: 'CORRUPT_STORE',
    message: expect.stringContaining('leader epoch is 0, not 1'),
  });
});
