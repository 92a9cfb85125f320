import { describe, expect, test } from 'vitest';
import type {
  MemberData,
  ToldMemberData,
} from '../../../../../src/client/group/sharing/member-data.ts';
import {
  decodeMemberData,
  encodeMemberData,
} from '../../../../../src/client/group/sharing/member-data.ts';

const NOTHING: MemberData = { label: undefined, lane: 'main', hadWork: false };
const UNTOLD: ToldMemberData = { ...NOTHING, keepsFences: false };

describe('what a member says of itself', () => {
  test.each<MemberData>([
    NOTHING,
    { label: 'app', lane: 'main', hadWork: true },
    { label: undefined, lane: 'overflow', hadWork: false },
    { label: 'app', lane: 'overflow', hadWork: true },
  ])('is read as it was written: %j', (data) => {
    expect(decodeMemberData(encodeMemberData(data, 7))).toEqual({ ...data, keepsFences: true });
  });

  test('begins with the generation, where a Java client looks for it', () => {
    const written = encodeMemberData({ ...NOTHING, label: 'app' }, 7);

    expect(Buffer.from(written).readInt32BE(0)).toBe(7);
  });

  test.each([
    ['none', null],
    ['empty', Buffer.alloc(0)],
    ['the generation of a Java client', Buffer.from([0, 0, 0, 5])],
    ['something else', Buffer.from('nobody knows what this is for')],
    [
      'a part of it',
      Buffer.from(encodeMemberData({ ...NOTHING, label: 'app' }, 7)).subarray(0, 12),
    ],
  ])('is no label and the main lane where there is other user data: %s', (_, userData) => {
    expect(decodeMemberData(userData)).toEqual(UNTOLD);
  });
});
