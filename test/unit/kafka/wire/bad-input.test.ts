import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '../../../../src/base/assert.ts';
import { ByteWriter } from '../../../../src/base/bytes/writer.ts';
import { OttlaError } from '../../../../src/base/errors.ts';
import { APIS } from '../../../../src/kafka/wire/apis.ts';
import { DecodeError } from '../../../../src/kafka/wire/decode-error.ts';
import { MESSAGE_ELEMENTS_MAX } from '../../../../src/kafka/wire/message-reader.ts';
import { decodeRequest } from '../../../../src/kafka/wire/request.ts';
import { encodeResponse } from '../../../../src/kafka/wire/response.ts';

const NULL_CLIENT = 'ffff';

interface Given {
  readonly version: number;
  readonly header?: string;
  readonly body: string;
}

/** A request of an API: its head and header, and a body in hex with spaces as one likes. */
const request = ({ key }: { readonly key: number }, { version, header, body }: Given): Buffer => {
  const head = new ByteWriter().writeInt16(key).writeInt16(version).writeInt32(1).bytes();
  const rest = `${NULL_CLIENT}${header ?? ''}${body}`.replaceAll(' ', '');
  return Buffer.concat([head, Buffer.from(rest, 'hex')]);
};

describe('a request', () => {
  it('is read as far as it goes: librdkafka 2.16 leaves bytes over where it lists topics', () => {
    const sent = '0003000c00000015000772646b61666b610000000000010000';

    const { body } = decodeRequest(APIS.metadata, Buffer.from(sent, 'hex'));

    expect(body.topics).toBeNull();
  });

  it.each([
    ['an array has more elements than bytes remain', 0, '7fffffff', /2147483647 elements/],
    ['an array has elements that cannot fit', 0, '00000002 0000', /2 elements/],
    ['an array has a length below -1', 1, 'fffffffe', /length -2 .* is negative/],
    ['an array is null that may not be', 0, 'ffffffff', /null/],
    ['a string is null that may not be', 1, '00000001 ffff', /null/],
    ['a string has a length below -1', 1, '00000001 fffe', /length -2 .* is negative/],
    ['a string is longer than what remains', 1, '00000001 0005 61', /5 bytes are needed/],
  ])('is refused when %s', (_, version, body, reason) => {
    const decode = () => decodeRequest(APIS.metadata, request(APIS.metadata, { version, body }));

    expect(decode).toThrow(DecodeError);
    expect(decode).toThrow(reason);
  });

  // Metadata v9: topics, then three booleans, then tags.
  it.each([
    ['a compact count is longer than 32 bits', '00', 'ffffffff1f', /longer than 32 bits/],
    ['a compact count never ends', '00', '808080808080', /longer than 32 bits/],
    ['a compact count cannot fit', '00', 'ffffffff0f', /4294967294 elements/],
    ['a tag comes twice', '00', '01 000000 02 05 00 05 00', /tag 5 follows tag 5/],
    ['tags come in no order', '00', '01 000000 02 05 00 04 00', /tag 4 follows tag 5/],
    ['a tag comes twice in the header', '02 05 00 05 00', '01 000000 00', /tag 5 follows tag 5/],
    ['there are more tags than bytes', '00', '01 000000 7f', /127 elements/],
    ['an unknown tag is longer than what remains', '00', '01 000000 01 05 09', /9 bytes are need/],
  ])('is refused when %s', (_, header, body, reason) => {
    const given = { version: 9, header, body };
    const decode = () => decodeRequest(APIS.metadata, request(APIS.metadata, given));

    expect(decode).toThrow(DecodeError);
    expect(decode).toThrow(reason);
  });

  it('is refused when a tagged field is shorter or longer than its size', () => {
    // Fetch v12 with nothing but tag 0, the cluster id "a": two bytes.
    const fetch = (sizeBytes: string): Buffer =>
      request(APIS.fetch, {
        version: 12,
        header: '00',
        body: `ffffffff 00000000 00000000 00000000 00 00000000 ffffffff 01 01 01 01 00 ${sizeBytes} 0261`,
      });

    expect(decodeRequest(APIS.fetch, fetch('02')).body.clusterId).toBe('a');
    expect(() => decodeRequest(APIS.fetch, fetch('01'))).toThrow(/does not end at byte/);
    expect(() => decodeRequest(APIS.fetch, fetch('03'))).toThrow(/does not end at byte/);
  });

  it('is refused when its arrays have more elements than any request needs', () => {
    // Two bytes a topic in Metadata v9: an empty name and no tags.
    const topics = (count: number): Buffer => {
      const countBytes = new ByteWriter().writeUvarint(count + 1).bytes();
      const body = Buffer.concat([countBytes, Buffer.alloc(2 * count, '0100', 'hex')]);
      const tail = '000000 00';
      return request(APIS.metadata, {
        version: 9,
        header: '00',
        body: body.toString('hex') + tail,
      });
    };
    const decode = () => decodeRequest(APIS.metadata, topics(MESSAGE_ELEMENTS_MAX + 1));

    expect(decode).toThrow(DecodeError);
    expect(decode).toThrow(/more than 1000000 elements/);
  });

  it('may name 64-bit values beyond 2^53, which are read as the nearest safe integer', () => {
    // ListOffsets v1: replica, one topic "t", partition 0, the end of days.
    const body = 'ffffffff 00000001 0001 74 00000001 00000000 7fffffffffffffff';
    const { topics } = decodeRequest(
      APIS.listOffsets,
      request(APIS.listOffsets, { version: 1, body }),
    ).body;

    expect(topics[0]?.partitions[0]?.timestamp).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('may hold text that is not UTF-8, which is read with replacements', () => {
    const body = '00000001 0002 ff61';

    const decoded = decodeRequest(APIS.metadata, request(APIS.metadata, { version: 1, body }));

    expect(decoded.body.topics?.[0]?.name).toBe('\ufffda');
  });

  it('leaves its frame alone: opaque bytes are copies', () => {
    // SaslAuthenticate v0 with the token 01 02.
    const frame = request(APIS.saslAuthenticate, { version: 0, body: '00000002 0102' });
    const { authBytes } = decodeRequest(APIS.saslAuthenticate, frame).body;

    frame.fill(0);

    expect(authBytes).toEqual(Uint8Array.of(1, 2));
  });
});

describe('a response', () => {
  const joined = { errorCode: 0, leader: '', memberId: '', members: [] };

  it('with null where its version allows none is a bug of its author', () => {
    const encode = (apiVersion: number) =>
      encodeResponse(
        APIS.joinGroup,
        { apiVersion, correlationId: 1 },
        { ...joined, protocolName: null },
      );

    expect(() => encode(6)).toThrow(InvariantViolation);
    expect(() => encode(7)).not.toThrow();
  });

  it('with a string above 32767 bytes in a version without compact lengths is refused', () => {
    const encode = (apiVersion: number) =>
      encodeResponse(
        APIS.joinGroup,
        { apiVersion, correlationId: 1 },
        { ...joined, protocolName: 'ü'.repeat(20_000) },
      );

    expect(() => encode(5)).toThrow(OttlaError);
    expect(() => encode(5)).toThrow(/at most 32767 bytes in this version, not 40000/);
    expect(() => encode(6)).not.toThrow();
  });
});
