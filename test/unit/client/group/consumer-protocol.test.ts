import { describe, expect, test } from 'vitest';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../../../src/client/group/consumer-protocol.ts';

const hex = (text: string): Uint8Array =>
  new Uint8Array(Buffer.from(text.replace(/\s/g, ''), 'hex'));
const inHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('subscriptions in the bytes of Kafka clients', () => {
  test('one of version 3 has topics, user data, owned partitions, generation and rack', () => {
    const encoded = encodeSubscription({
      topics: ['ab', 'c'],
      owned: [
        { topic: 'ab', partition: 1 },
        { topic: 'c', partition: 0 },
        { topic: 'ab', partition: 2 },
      ],
      generation: 7,
      userData: null,
      rack: 'r',
    });

    expect(inHex(encoded)).toBe(
      inHex(
        hex(`0003 00000002 0002 6162 0001 63 ffffffff
             00000002 0002 6162 00000002 00000001 00000002 0001 63 00000001 00000000
             00000007 0001 72`),
      ),
    );
  });

  test('one of version 0, as old clients write it, owns nothing and tells no generation', () => {
    const found = decodeSubscription(hex('0000 00000001 0001 74 00000002 0909'));

    expect(found).toEqual({
      topics: ['t'],
      owned: [],
      generation: -1,
      userData: hex('0909'),
      rack: null,
    });
  });

  test('of a later version what is known is read and the rest is left alone', () => {
    const found = decodeSubscription(
      hex('0009 00000001 0001 74 ffffffff 00000000 00000005 ffff 01020304'),
    );

    expect(found).toMatchObject({ topics: ['t'], generation: 5, rack: null });
  });

  test.each([
    ['nothing at all', ''],
    ['a count that lies', '0001 7fffffff'],
    ['a negative version', 'ffff 00000000 ffffffff'],
    ['a cut', '0001 00000001 0005 7474'],
  ])('%s is refused in one line', (_, bytes) => {
    expect(() => decodeSubscription(hex(bytes))).toThrow(
      expect.objectContaining({ code: 'INCONSISTENT_GROUP_PROTOCOL' }),
    );
  });
});

describe('assignments in the bytes of Kafka clients', () => {
  test('one has topics with their partitions and no user data', () => {
    const encoded = encodeAssignment([
      { topic: 't', partition: 0 },
      { topic: 't', partition: 3 },
    ]);

    expect(inHex(encoded.subarray(2))).toBe(
      inHex(hex('00000001 0001 74 00000002 00000000 00000003 ffffffff')),
    );
  });

  test('what is encoded is decoded again', () => {
    const assigned = [
      { topic: 'a', partition: 4 },
      { topic: 'b', partition: 0 },
    ];

    expect(decodeAssignment(encodeAssignment(assigned))).toEqual(assigned);
  });

  test('no bytes, which is what a member without a share gets, are no partitions', () => {
    expect(decodeAssignment(new Uint8Array(0))).toEqual([]);
  });

  test('one without user data at its end, as some clients write it, is refused', () => {
    expect(() => decodeAssignment(hex('0000 00000000'))).toThrow(
      expect.objectContaining({ code: 'INCONSISTENT_GROUP_PROTOCOL' }),
    );
  });
});
