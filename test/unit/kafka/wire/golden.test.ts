import { describe, expect, it } from 'vitest';
import type { AnyApi } from '../../../../src/kafka/wire/apis.ts';
import { APIS } from '../../../../src/kafka/wire/apis.ts';
import { decodeRequest, encodeRequest } from '../../../../src/kafka/wire/request.ts';
import { decodeResponse, encodeResponse } from '../../../../src/kafka/wire/response.ts';
import type { GoldenFrame } from './golden-frames.ts';
import { describeFrame, goldenFrames } from './golden-frames.ts';

const FRAMES = goldenFrames();
const SIZE_BYTES = 4;

const decode = ({ api, version, direction, bytes }: GoldenFrame): unknown =>
  direction === 'request'
    ? decodeRequest(api, bytes).body
    : decodeResponse(api, version, bytes).body;

/** Reads the frame and writes it again; hex, without the size. */
const rewritten = ({ api, version, direction, bytes }: GoldenFrame): string => {
  const parts =
    direction === 'request'
      ? encodeRequest(api, decodeRequest(api, bytes))
      : encodeAgain(api, version, bytes);
  return Buffer.concat(parts).subarray(SIZE_BYTES).toString('hex');
};

const encodeAgain = (api: AnyApi, apiVersion: number, bytes: Uint8Array): Uint8Array[] => {
  const { correlationId, body } = decodeResponse(api, apiVersion, bytes);
  return encodeResponse(api, { apiVersion, correlationId }, body);
};

/** Of what was decoded, the fields that `values` has, as JSON. */
const sameFields = (decoded: unknown, values: unknown): unknown => {
  if (decoded instanceof Uint8Array) return Buffer.from(decoded).toString('base64');
  if (Array.isArray(decoded) && Array.isArray(values)) {
    return decoded.map((element, index) => sameFields(element, values[index]));
  }
  if (typeof decoded !== 'object' || decoded === null) return decoded;
  if (typeof values !== 'object' || values === null) return decoded;
  const fields = decoded as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, sameFields(fields[name], value)]),
  );
};

describe.each(Object.values(APIS) as AnyApi[])('$name, as Kafka wrote it,', (api) => {
  const frames = FRAMES.filter((frame) => frame.api === api);

  it('is there in every served version, both ways, with three fillings', () => {
    const versionCount = api.maxVersion - api.minVersion + 1;

    expect(frames).toHaveLength(versionCount * 2 * 3);
  });

  it('decodes to the values that were put in', () => {
    for (const frame of frames) {
      expect(sameFields(decode(frame), frame.values), describeFrame(frame)).toEqual(frame.values);
    }
  });

  it('is encoded to the same bytes', () => {
    for (const frame of frames) {
      expect(rewritten(frame), describeFrame(frame)).toBe(Buffer.from(frame.bytes).toString('hex'));
    }
  });
});
