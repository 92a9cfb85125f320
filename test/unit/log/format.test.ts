import { describe, expect, it } from 'vitest';
import { encodeCleanEnd } from '../../../src/log/compaction/clean-end.ts';
import { encodeHeader } from '../../../src/log/journal/file-header.ts';
import { encodeFrame } from '../../../src/log/journal/frame.ts';
import {
  batchOf,
  DIRECTORY,
  LogFixture,
  PARTITION_DIRECTORY,
  stampedBatch,
  TOPIC,
} from './log-fixture.ts';

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

  it('hold a header and frames in a journal', () => {
    const nonce = Uint8Array.from({ length: 16 }, (_, index) => index);
    const header = encodeHeader({ life: 1, nonce, directoryId: 'directoryAAAAAAAAAAAAA' });
    const place = { topicId: TOPIC, partition: 0, leaderEpoch: 1, firstOffset: 0, endOffset: 1 };
    const parts = [stampedBatch(0, 1, { text: 'a', timestampMs: 1000 })];
    const frame = encodeFrame(
      {
        sequence: 1,
        baseSequence: 0,
        records: [{ kind: 'append', ...place, parts }],
        previous: [{ kind: 'cut', topicId: TOPIC, partition: 1, endOffset: 5 }],
      },
      { fileNumber: 0, position: 8192, nonce },
    );

    expect(Buffer.from(header).subarray(0, 54).toString('hex')).toBe(
      joined(
        '4f 4a 48 31 00 00 00 00 00 00 00 01 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f',
        '64 69 72 65 63 74 6f 72 79 41 41 41 41 41 41 41 41 41 41 41 41 41 64 c1 bd 42',
      ),
    );
    expect(Buffer.concat(frame.parts).subarray(0, 164).toString('hex')).toBe(
      joined(
        '4f 4a 46 31 e0 a3 7f 53 00 00 00 dd 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f',
        '00 00 00 00 00 00 00 00 00 00 20 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00',
        '00 00 00 01 00 00 00 01 02 16 74 6f 70 69 63 41 41 41 41 41 41 41 41 41 41 41 41 41',
        '41 41 41 41 00 00 00 01 00 00 00 00 00 00 00 05 01 16 74 6f 70 69 63 41 41 41 41 41',
        '41 41 41 41 41 41 41 41 41 41 41 41 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 01',
        '00 00 00 00 00 00 00 00 00 00 00 45 00 00 00 00 00 00 00 00 00 00 00 39',
      ),
    );
  });
});
