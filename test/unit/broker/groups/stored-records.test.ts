import { describe, expect, test } from 'vitest';
import {
  decodeGroupRecord,
  encodeGroupRecord,
} from '../../../../src/broker/groups/stored-records.ts';
import type { GroupRecord, GroupSnapshot } from '../../../../src/broker/groups/types.ts';

const hex = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString('hex');
const bytesOf = (text: string): Uint8Array =>
  new Uint8Array(Buffer.from(text.replace(/ /g, ''), 'hex'));

const offset = (change: object = {}): GroupRecord => ({
  kind: 'offset',
  topic: 't',
  partition: 5,
  value: { offset: 258, leaderEpoch: 7, metadata: 'm', committedAtMs: 1000, ...change },
});

const snapshot: GroupSnapshot = {
  protocolType: 'consumer',
  generation: 3,
  protocol: 'range',
  leader: 'a-1',
  stateSinceMs: 1_700_000_000_000,
  members: [
    {
      memberId: 'a-1',
      instanceId: undefined,
      clientId: 'a',
      clientHost: '/127.0.0.1',
      rebalanceTimeoutMs: 60_000,
      sessionTimeoutMs: 45_000,
      subscription: bytesOf('0001'),
      assignment: bytesOf('0002'),
    },
    {
      memberId: 'b-1',
      instanceId: 'b',
      clientId: '',
      clientHost: '/::1',
      rebalanceTimeoutMs: 1,
      sessionTimeoutMs: 2,
      subscription: bytesOf(''),
      assignment: bytesOf(''),
    },
  ],
};

describe('bytes as Kafka stores them', () => {
  test('an offset: key version 1, value version 3', () => {
    const { key, value } = encodeGroupRecord('g', offset());

    expect(hex(key)).toBe('0001' + '000167' + '000174' + '00000005');
    expect(hex(value)).toBe(
      '0003' + '0000000000000102' + '00000007' + '00016d' + '00000000000003e8',
    );
  });

  test('an offset with its own expiry: value version 1, without a leader epoch', () => {
    const { value } = encodeGroupRecord('g', offset({ expiresAtMs: 2000 }));

    expect(hex(value)).toBe(
      '0001' + '0000000000000102' + '00016d' + '00000000000003e8' + '00000000000007d0',
    );
  });

  test('an empty group: key version 2, value version 3', () => {
    const value = { ...snapshot, protocol: undefined, leader: undefined, members: [] };

    const stored = encodeGroupRecord('g', { kind: 'group', value });

    expect(hex(stored.key)).toBe('0002' + '000167');
    expect(hex(stored.value)).toBe(
      '0003' +
        '0008636f6e73756d6572' +
        '00000003' +
        'ffff' +
        'ffff' +
        '0000018bcfe56800' +
        '00000000',
    );
  });

  test('a member of a group', () => {
    const value = { ...snapshot, members: snapshot.members.slice(0, 1) };

    const stored = encodeGroupRecord('g', { kind: 'group', value });

    expect(hex(stored.value)).toBe(
      '0003' +
        '0008636f6e73756d6572' +
        '00000003' +
        '000572616e6765' +
        '0003612d31' +
        '0000018bcfe56800' +
        '00000001' +
        '0003612d31' +
        'ffff' +
        '000161' +
        '000a2f3132372e302e302e31' +
        '0000ea60' +
        '0000afc8' +
        '000000020001' +
        '000000020002',
    );
  });
});

describe('a stored record', () => {
  test.each<[string, GroupRecord]>([
    ['an offset', offset()],
    ['an offset with an expiry', offset({ expiresAtMs: 2000, leaderEpoch: -1 })],
    [
      'the deletion of an offset',
      { kind: 'offset', topic: '__proto__', partition: 0, value: undefined },
    ],
    ['a group', { kind: 'group', value: snapshot }],
    ['the deletion of a group', { kind: 'group', value: undefined }],
  ])('%s comes back as it was', (_, record) => {
    expect(decodeGroupRecord(encodeGroupRecord('constructor', record))).toEqual({
      groupId: 'constructor',
      record,
    });
  });

  test('of an older release reads with what it lacks left open', () => {
    const key = bytesOf('0000 000167 000174 00000005');
    const value = bytesOf('0000 0000000000000102 00016d 00000000000003e8');

    expect(decodeGroupRecord({ key, value })?.record).toEqual(offset({ leaderEpoch: -1 }));
  });

  test('of a group of version 0 has its session timeout for a rebalance timeout', () => {
    const value = bytesOf(
      '0000 0008636f6e73756d6572 00000003 ffff ffff 00000001 0003612d31 000161 0000 0000afc8 00000000 00000000',
    );

    const found = decodeGroupRecord({ key: bytesOf('0002 000167'), value });

    const group = found?.record.kind === 'group' ? found.record.value : undefined;
    expect(group?.members[0]).toMatchObject({
      sessionTimeoutMs: 45_000,
      rebalanceTimeoutMs: 45_000,
    });
  });

  test('of version 4, with compact lengths and tags, is read too', () => {
    const key = bytesOf('0001 000167 000174 00000005');
    const value = bytesOf('0004 0000000000000102 00000007 026d 00000000000003e8 00');

    expect(decodeGroupRecord({ key, value })?.record).toEqual(offset());
  });

  test('of a kind that is not known is passed over', () => {
    expect(
      decodeGroupRecord({ key: bytesOf('0003 000167'), value: bytesOf('0000') }),
    ).toBeUndefined();
  });

  test.each([
    ['a short key', '0001 000167 0001', '0003'],
    ['a lying length', '0002 7fff67', '0003'],
    ['bytes left over', '0002 000167 00', '0003'],
    ['a short value', '0001 000167 000174 00000005', '0003 0000'],
    ['a value of a later version', '0001 000167 000174 00000005', '0005 00'],
  ])('with %s is refused as corrupt', (_, key, value) => {
    expect(() => decodeGroupRecord({ key: bytesOf(key), value: bytesOf(value) })).toThrow(
      expect.objectContaining({ code: 'CORRUPT_STORE' }),
    );
  });
});
