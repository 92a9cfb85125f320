import { describe, expect, it } from 'vitest';
import { encodeCleanEnd } from '../../../src/log/compaction/clean-end.ts';
import { batchOf, DIRECTORY, LogFixture, PARTITION_DIRECTORY } from './log-fixture.ts';

/** Two batches as FORMAT.md shows them, after a clean stop. */
const exampleFiles = async (): Promise<(path: string) => string> => {
  const fixture = new LogFixture();
  fixture.config = { ...fixture.config, indexIntervalBytes: 10 };
  await fixture.start();
  fixture.log.appendAsLeader(batchOf({ text: 'a', timestampMs: 1000 }), 1);
  const producer = { producerId: 7, producerEpoch: 0, baseSequence: 0 };
  fixture.log.appendAsLeader(batchOf({ text: 'b', timestampMs: 2000, ...producer }), 1);
  await fixture.stop();
  return (path) => {
    const file = fixture.disk.open(path);
    const bytes = Buffer.alloc(file.sizeBytes());
    file.read(bytes, 0);
    return bytes.toString('latin1');
  };
};

const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex');
const joined = (...parts: readonly string[]): string => parts.join('').replaceAll(' ', '');

describe('the files of a log', () => {
  it('hold record batches as the leader stamped them', async () => {
    const read = await exampleFiles();

    expect(hex(read(`${PARTITION_DIRECTORY}/00000000000000000000.log`).slice(0, 69))).toBe(
      joined(
        '00 00 00 00 00 00 00 00 00 00 00 39 00 00 00 01 02 eb f1 88 4b 00 00 00 00 00 00',
        '00 00 00 00 00 00 03 e8 00 00 00 00 00 00 03 e8 ff ff ff ff ff ff ff ff ff ff',
        'ff ff ff ff 00 00 00 01 0e 00 00 00 01 02 61 00',
      ),
    );
  });

  it('hold an offset index', async () => {
    const read = await exampleFiles();

    expect(hex(read(`${PARTITION_DIRECTORY}/00000000000000000000.index`))).toBe(
      joined(
        '4f 49 58 31 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 02',
        '00 00 00 00 00 00 00 8a 00 00 00 00 00 00 07 d0 c0 b3 d4 86 47 c8 53 bb',
        '00 00 00 01 00 00 00 45',
      ),
    );
  });

  it('hold a time index', async () => {
    const read = await exampleFiles();

    expect(hex(read(`${PARTITION_DIRECTORY}/00000000000000000000.timeindex`))).toBe(
      joined(
        '4f 54 58 31 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 02',
        '00 00 00 00 00 00 00 8a 00 00 00 00 00 00 07 d0 89 93 14 d2 ee fa d8 35',
        '00 00 00 00 00 00 07 d0 00 00 00 01',
      ),
    );
  });

  it('hold the producer states', async () => {
    const read = await exampleFiles();

    expect(hex(read(`${PARTITION_DIRECTORY}/00000000000000000002.producers`))).toBe(
      joined(
        '4f 50 53 31 00 00 00 00 00 00 00 02 00 00 00 01 00 00 00 00 00 00 00 07 00 00 01',
        '00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00',
        '00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 02 a9 4c 29 6a',
      ),
    );
  });

  it('hold checksummed text where a person may look', async () => {
    const read = await exampleFiles();

    expect(read(`${PARTITION_DIRECTORY}/leader-epochs`)).toBe(
      'ottla leader-epochs 1\n1 0\ncrc32c a324b0de\n',
    );
    expect(read(`${DIRECTORY}/checkpoint`)).toBe(
      'ottla checkpoint 1\ntopicAAAAAAAAAAAAAAAAA-0 2 0 0\ncrc32c f0eec36b\n',
    );
    expect(Buffer.from(encodeCleanEnd(42)).toString()).toBe(
      'ottla compacted 1\n42\ncrc32c 26edea78\n',
    );
    expect(read(`${DIRECTORY}/clean-shutdown`)).toBe(
      'ottla clean-shutdown 1\n7\ncrc32c a22337df\n',
    );
  });
});
