import { memoryUsage } from 'node:process';
import { describe, expect, it } from 'vitest';
import type { AnyApi } from '../../../../src/kafka/wire/apis.ts';
import { APIS } from '../../../../src/kafka/wire/apis.ts';
import { DecodeError } from '../../../../src/kafka/wire/decode-error.ts';
import { decodeRequest } from '../../../../src/kafka/wire/request.ts';
import { decodeResponse } from '../../../../src/kafka/wire/response.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import type { GoldenFrame } from './golden-frames.ts';
import { describeFrame, goldenFrames } from './golden-frames.ts';

const MUTANTS_PER_FRAME = 60;

/** Frames are below 1 KiB; what 60 of them may leave behind, Vitest's own garbage included. */
const GROWTH_MAX_BYTES = 8 * 1024 * 1024;

/** What lies at the edges of lengths, counts and tags: of 32 and 16 bits, and of varints. */
const LIES = ['7fffffff', '80000000', 'ffffffff', '7fff', '8000', 'ffffffff0f', 'feffffff07', '00'];

const MUTATIONS: readonly ((bytes: Buffer, random: SeededRandom) => Buffer)[] = [
  (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  (bytes, random) => {
    const at = random.below(bytes.length);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.below(8)), at);
    return bytes;
  },
  (bytes, random) => {
    bytes.writeUInt8(random.below(256), random.below(bytes.length));
    return bytes;
  },
  (bytes, random) => {
    const lie = Buffer.from(LIES[random.below(LIES.length)] as string, 'hex');
    lie.copy(bytes, random.below(bytes.length));
    return bytes;
  },
  (bytes, random) => {
    const at = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), random.bytes(1), bytes.subarray(at)]);
  },
  (bytes, random) => {
    const [start, end] = [random.below(bytes.length), random.below(bytes.length)];
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
  },
];

const mutantOf = ({ bytes }: GoldenFrame, random: SeededRandom): Buffer => {
  const mutate = MUTATIONS[random.below(MUTATIONS.length)] as (typeof MUTATIONS)[number];
  return mutate(Buffer.from(bytes), random);
};

const decode = ({ api, version, direction }: GoldenFrame, bytes: Uint8Array): unknown =>
  direction === 'request' ? decodeRequest(api, bytes) : decodeResponse(api, version, bytes);

/** 'decoded' or 'refused'; anything else that is thrown goes through. */
const outcomeOf = (frame: GoldenFrame, bytes: Uint8Array): string => {
  try {
    decode(frame, bytes);
    return 'decoded';
  } catch (error) {
    if (error instanceof DecodeError) return 'refused';
    throw error;
  }
};

const allocatedBytes = (): number => {
  const { heapUsed, arrayBuffers } = memoryUsage();
  return heapUsed + arrayBuffers;
};

describe.each(Object.values(APIS) as AnyApi[])('$name, mutated,', (api) => {
  const frames = goldenFrames().filter((frame) => frame.api === api);

  it('is decoded or refused, within a bounded allocation', () => {
    const random = new SeededRandom(`mutants of ${api.name}`);
    const outcomes = new Set<string>();
    for (const frame of frames) {
      const mutants = Array.from({ length: MUTANTS_PER_FRAME }, () => mutantOf(frame, random));

      const before = allocatedBytes();
      for (const mutant of mutants) outcomes.add(outcomeOf(frame, mutant));
      const grownBytes = allocatedBytes() - before;

      expect(grownBytes, describeFrame(frame)).toBeLessThan(GROWTH_MAX_BYTES);
    }

    expect([...outcomes].sort()).toEqual(['decoded', 'refused']);
  });

  it('is refused wherever it is cut off', () => {
    const survivors = frames.flatMap((frame) =>
      Array.from(frame.bytes.keys())
        .filter((end) => outcomeOf(frame, frame.bytes.subarray(0, end)) !== 'refused')
        .map((end) => `${describeFrame(frame)} cut at ${end}`),
    );

    expect(survivors).toEqual([]);
  });

  it('is refused with a byte too many, unless it is a request', () => {
    for (const frame of frames) {
      const outcome = outcomeOf(frame, Buffer.concat([frame.bytes, Buffer.of(0)]));
      const expected = frame.direction === 'request' ? 'decoded' : 'refused';
      expect(outcome, describeFrame(frame)).toBe(expected);
    }
  });
});
