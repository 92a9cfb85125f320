import { memoryUsage } from 'node:process';
import { describe, expect, it } from 'vitest';
import type { AnyApi } from '../../../../src/kafka/wire/apis.ts';
import { APIS } from '../../../../src/kafka/wire/apis.ts';
import { DecodeError } from '../../../../src/kafka/wire/decode-error.ts';
import { decodeRequest } from '../../../../src/kafka/wire/request.ts';
import { decodeResponse } from '../../../../src/kafka/wire/response.ts';
import { mutantOf } from '../../../support/frame-mutations.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import type { GoldenFrame } from './golden-frames.ts';
import { describeFrame, goldenFrames } from './golden-frames.ts';

const MUTANTS_PER_FRAME = 60;

/** Frames are below 1 KiB; what 60 of them may leave behind, Vitest's own garbage included. */
const GROWTH_MAX_BYTES = 8 * 1024 * 1024;

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
      const mutants = Array.from({ length: MUTANTS_PER_FRAME }, () =>
        mutantOf(frame.bytes, random),
      );

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
