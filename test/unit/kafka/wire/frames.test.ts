import { describe, expect, it } from 'vitest';
import { APIS } from '../../../../src/kafka/wire/apis.ts';
import { DecodeError } from '../../../../src/kafka/wire/decode-error.ts';
import { readRequestSize } from '../../../../src/kafka/wire/frame.ts';
import {
  decodeRequest,
  encodeRequest,
  readRequestHead,
  routeRequest,
} from '../../../../src/kafka/wire/request.ts';
import {
  decodeResponse,
  describeVersions,
  encodeResponse,
  encodeUnsupportedVersion,
} from '../../../../src/kafka/wire/response.ts';

const SIZE_BYTES = 4;

const joined = (parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);
const withoutSize = (parts: readonly Uint8Array[]): Uint8Array =>
  joined(parts).subarray(SIZE_BYTES);
const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('the size of a frame', () => {
  it.each([
    ['is negative', 'ffffffff'],
    ['is too short for any request', '00000009'],
    ['is above the limit', '00000065'],
  ])('is refused when it %s', (_, size) => {
    expect(() => readRequestSize(hex(size), 0, 100)).toThrow(DecodeError);
  });

  it('is read where it is possible', () => {
    expect(readRequestSize(hex('00 00000064'), 1, 100)).toBe(100);
  });

  it('counts what follows it', () => {
    const request = { apiVersion: 0, correlationId: 7, clientId: 'me', body: {} };

    const frame = joined(encodeRequest(APIS.apiVersions, request));

    expect(frame.readInt32BE(0)).toBe(frame.length - SIZE_BYTES);
  });
});

describe('the head of a request', () => {
  it('decides that a known API and version is served', () => {
    const head = readRequestHead(hex('0001 000c 00000007'));

    expect(head).toEqual({ apiKey: 1, apiVersion: 12, correlationId: 7 });
    expect(routeRequest(head)).toEqual({ kind: 'serve', api: APIS.fetch });
  });

  it.each([
    ['a version above ours', 1, 17, /Fetch v17 is not served, versions 4 to 16 are/],
    ['a version below ours', 0, 2, /Produce v2 is not served, versions 3 to 11 are/],
    ['a negative version', 1, -1, /Fetch v-1/],
    ['a negative version of ApiVersions', 18, -1, /ApiVersions v-1/],
    ['an unknown key', 999, 0, /key 999 is not served/],
  ])('refuses %s', (_, apiKey, apiVersion, reason) => {
    const route = routeRequest({ apiKey, apiVersion, correlationId: 7 });

    expect(route).toEqual({ kind: 'refuse', reason: expect.stringMatching(reason) });
  });

  it('is an error when bytes are missing', () => {
    expect(() => readRequestHead(hex('0001 000c 0000'))).toThrow(DecodeError);
  });
});

describe('ApiVersions', () => {
  it('above our version is answered by version 0 with error 35 and its own versions', () => {
    const route = routeRequest({ apiKey: 18, apiVersion: 5, correlationId: 7 });
    expect(route).toEqual({ kind: 'unsupportedApiVersions' });

    const answer = withoutSize(encodeUnsupportedVersion(7));

    expect(answer).toEqual(hex('00000007 0023 00000001 0012 0000 0004'));
  });

  it('has the old response header in flexible versions too', () => {
    const answer = withoutSize(
      encodeResponse(
        APIS.apiVersions,
        { apiVersion: 3, correlationId: 7 },
        { errorCode: 0, apiKeys: [] },
      ),
    );

    // Correlation id, then at once the body: error, no keys, throttle, tags.
    expect(answer).toEqual(hex('00000007 0000 01 00000000 00'));
  });

  it('lists Produce from version 0, which is not served, for old librdkafka', () => {
    const versions = describeVersions([APIS.fetch, APIS.produce]);

    expect(versions).toEqual([
      { apiKey: 0, minVersion: 0, maxVersion: 11 },
      { apiKey: 1, minVersion: 4, maxVersion: 16 },
    ]);
  });
});

describe('a request', () => {
  const body = { transactionalId: null, transactionTimeoutMs: 60_000 };
  const request = { apiVersion: 4, correlationId: 7, clientId: null, body };

  it('carries its head, its client and its body', () => {
    const decoded = decodeRequest(
      APIS.initProducerId,
      withoutSize(encodeRequest(APIS.initProducerId, { ...request, clientId: 'ü' })),
    );

    expect(decoded).toEqual({
      apiKey: 22,
      apiVersion: 4,
      correlationId: 7,
      clientId: 'ü',
      body: { ...body, producerId: -1, producerEpoch: -1 },
    });
  });

  it('may have tags in its header and body that nobody here knows', () => {
    // Header: tag 5 of 2 bytes. Body: null id, timeout, producer id and epoch, tag 9 of 1 byte.
    const bytes = hex(
      '0016 0004 00000007 ffff 01 05 02 abcd 00 0000ea60 0000000000000001 0002 01 09 01 ff',
    );

    const decoded = decodeRequest(APIS.initProducerId, bytes);

    expect(decoded.body).toEqual({ ...body, producerId: 1, producerEpoch: 2 });
  });

  it('names API, version and trouble when it does not decode', () => {
    const bytes = withoutSize(encodeRequest(APIS.initProducerId, request));

    const decode = () => decodeRequest(APIS.initProducerId, bytes.subarray(0, bytes.length - 1));

    expect(decode).toThrow(DecodeError);
    expect(decode).toThrow(/^InitProducerId v4 request: 1 bytes are needed at byte \d+, 0 remain/);
  });
});

describe('a response', () => {
  it('has an empty tagged section of one byte in its header from the flexible version on', () => {
    const body = { errorCode: 0 };
    const bytes = withoutSize(
      encodeResponse(APIS.initProducerId, { apiVersion: 2, correlationId: 7 }, body),
    );

    expect(bytes.subarray(0, 5)).toEqual(hex('00000007 00'));
    expect(decodeResponse(APIS.initProducerId, 2, bytes)).toEqual({
      correlationId: 7,
      body: { throttleTimeMs: 0, errorCode: 0, producerId: -1, producerEpoch: -1 },
    });
  });
});

describe('record bytes', () => {
  const records = new Uint8Array(4000).fill(7);

  it('are decoded as views of the frame', () => {
    const body = {
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: 't', partitionData: [{ index: 0, records }] }],
    };
    const frame = withoutSize(
      encodeRequest(APIS.produce, { apiVersion: 9, correlationId: 7, clientId: null, body }),
    );

    const decoded = decodeRequest(APIS.produce, frame).body.topicData[0]?.partitionData[0]?.records;

    expect(decoded).toEqual(records);
    expect(decoded?.buffer).toBe(frame.buffer);
  });

  it('are sent from where they lie', () => {
    const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 5, records };
    const responses = [{ topic: 't', partitions: [partition, partition] }];

    const parts = encodeResponse(APIS.fetch, { apiVersion: 12, correlationId: 7 }, { responses });

    expect(parts.filter((part) => part === records)).toHaveLength(2);
    expect(decodeResponse(APIS.fetch, 12, withoutSize(parts)).body.responses).toMatchObject(
      responses,
    );
  });
});
