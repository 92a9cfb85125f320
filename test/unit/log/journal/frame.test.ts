import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../../../src/base/bytes/writer.ts';
import type { Frame, FramePlace } from '../../../../src/log/journal/frame.ts';
import {
  BLOCK_BYTES,
  decodeFrame,
  encodeFrame,
  frameBytesBound,
} from '../../../../src/log/journal/frame.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { TOPIC } from '../log-fixture.ts';

const random = new SeededRandom('frames');
const place: FramePlace = { fileNumber: 1, position: BLOCK_BYTES, nonce: random.bytes(16) };

const sample = (bodyBytes = 300): Frame => ({
  sequence: 7,
  baseSequence: 3,
  records: [
    {
      kind: 'append',
      topicId: TOPIC,
      partition: 4,
      leaderEpoch: 2,
      firstOffset: 10,
      endOffset: 12,
      parts: [random.bytes(bodyBytes), random.bytes(5)],
    },
    { kind: 'cut', topicId: TOPIC, partition: 5, endOffset: 99 },
  ],
  previous: [{ kind: 'cut', topicId: TOPIC, partition: 6, endOffset: 1 }],
});

/** A file that holds one frame at its place. */
const fileOf = (frame: Frame, at: FramePlace = place): Uint8Array => {
  const { parts, sizeBytes } = encodeFrame(frame, at);
  return new Uint8Array(
    Buffer.concat([new Uint8Array(at.position), ...parts], at.position + sizeBytes),
  );
};

describe('a frame of the journal', () => {
  it.each([300, 9000])('comes back as it was, with its bytes in one: of %d bytes', (bodyBytes) => {
    const frame = sample(bodyBytes);

    const found = decodeFrame(fileOf(frame), place);

    const [append, cut] = frame.records;
    const whole = append?.kind === 'append' ? new Uint8Array(Buffer.concat(append.parts)) : null;
    expect(found?.frame).toEqual({ ...frame, records: [{ ...append, parts: [whole] }, cut] });
  });

  it('has none of what the writer held before, where that is used anew', () => {
    const writer = new ByteWriter();
    encodeFrame(sample(20_000), place, writer);
    const frame = sample();

    const { parts } = encodeFrame(frame, place, writer);

    expect(Buffer.concat(parts)).toEqual(Buffer.concat(encodeFrame(frame, place).parts));
  });

  it('takes whole blocks, and no more than was reckoned before', () => {
    const sizes = [0, 1, 3900, 4096, 20_000].map((bodyBytes) => {
      const { sizeBytes } = encodeFrame(sample(bodyBytes), place);
      const bound = frameBytesBound({ count: 2, bodyBytes: bodyBytes + 5 }, 1);
      return { isWhole: sizeBytes % BLOCK_BYTES === 0, isBounded: sizeBytes <= bound };
    });

    expect(sizes).toEqual(sizes.map(() => ({ isWhole: true, isBounded: true })));
  });

  it('is none once any bit of it has turned', () => {
    const file = fileOf(sample(40));
    const usedBytes = new DataView(file.buffer).getUint32(BLOCK_BYTES + 8);
    const accepted: number[] = [];

    for (let at = 0; at < usedBytes; at += 1) {
      const damaged = new Uint8Array(file);
      const position = BLOCK_BYTES + at;
      damaged[position] = (damaged[position] ?? 0) ^ (1 << random.below(8));
      if (decodeFrame(damaged, place) !== undefined) accepted.push(at);
    }

    expect(accepted).toEqual([]);
  });

  it.each([
    ['in another file', { ...place, fileNumber: 0 }],
    ['in another life of the journal', { ...place, nonce: random.bytes(16) }],
  ])('is none %s', (_, elsewhere) => {
    expect(decodeFrame(fileOf(sample()), elsewhere)).toBeUndefined();
  });

  it('is none where it was copied to', () => {
    const file = fileOf(sample());
    const copied = new Uint8Array(file.length + BLOCK_BYTES);
    copied.set(file.subarray(BLOCK_BYTES), 2 * BLOCK_BYTES);

    expect(decodeFrame(copied, { ...place, position: 2 * BLOCK_BYTES })).toBeUndefined();
  });

  it('is none where the file ends within it', () => {
    const file = fileOf(sample(9000));

    expect(decodeFrame(file.subarray(0, 2 * BLOCK_BYTES), place)).toBeUndefined();
  });
});
