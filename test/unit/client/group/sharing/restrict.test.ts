import { describe, expect, test } from 'vitest';
import { cooperativeSticky } from '../../../../../src/client/group/assignors/cooperative-sticky.ts';
import type { Lane } from '../../../../../src/client/group/sharing/member-data.ts';
import type {
  SharingMember,
  SharingRule,
} from '../../../../../src/client/group/sharing/restrict.ts';
import { isSameRestriction, restrict } from '../../../../../src/client/group/sharing/restrict.ts';
import { counts, memberOf, sharesOf } from '../assignor-fixture.ts';

interface Told {
  readonly topics?: readonly string[];
  readonly label?: string;
  readonly lane?: Lane;
  readonly owned?: string;
}

const member = (memberId: string, { topics = ['t'], label, lane = 'main', owned }: Told = {}) =>
  ({
    ...memberOf(memberId, topics, owned === undefined ? {} : { owned }),
    data: { label, lane, hadWork: false },
  }) satisfies SharingMember;

const NOTHING: SharingRule = { standbyLabels: [], isOverflowOpen: false };

/** What each member may have: topics by member id. */
const restricted = (
  members: readonly SharingMember[],
  rule: Partial<SharingRule> = {},
): Record<string, string> =>
  Object.fromEntries(
    restrict(members, { ...NOTHING, ...rule }).map(({ memberId, topics }) => [
      memberId,
      topics.join(' '),
    ]),
  );

describe('members on standby', () => {
  test('get nothing while there are others', () => {
    const members = [member('a', { label: 'app' }), member('b', { label: 'own' }), member('c')];

    expect(restricted(members, { standbyLabels: ['app'] })).toEqual({ a: '', b: 't', c: 't' });
  });

  test('of several labels get nothing, all of them', () => {
    const members = [member('a', { label: 'app' }), member('b', { label: 'web' }), member('c')];

    expect(restricted(members, { standbyLabels: ['app', 'web'] })).toEqual({
      a: '',
      b: '',
      c: 't',
    });
  });

  test('keep what nobody else wants, topic by topic', () => {
    const members = [member('a', { label: 'app', topics: ['t', 'u'] }), member('b')];

    expect(restricted(members, { standbyLabels: ['app'] })).toEqual({ a: 'u', b: 't' });
  });

  test('keep everything where there is nobody else', () => {
    const members = [member('a', { label: 'app' }), member('b', { label: 'app' })];

    expect(restricted(members, { standbyLabels: ['app'] })).toEqual({ a: 't', b: 't' });
  });

  test('give way to the overflow lane where that is all there is', () => {
    const members = [member('a', { label: 'app' }), member('b', { lane: 'overflow' })];

    expect(restricted(members, { standbyLabels: ['app'] })).toEqual({ a: '', b: 't' });
  });

  test('of the overflow lane get nothing of a backlog either', () => {
    const members = [member('a'), member('b', { lane: 'overflow', label: 'app' })];

    const rule = { standbyLabels: ['app'], isOverflowOpen: true };

    expect(restricted(members, rule)).toEqual({ a: 't', b: '' });
  });
});

describe('members of the overflow lane', () => {
  const members = [member('a'), member('b', { lane: 'overflow' })];

  test('get nothing while the lane is closed', () => {
    expect(restricted(members)).toEqual({ a: 't', b: '' });
  });

  test('get their share while it is open', () => {
    expect(restricted(members, { isOverflowOpen: true })).toEqual({ a: 't', b: 't' });
  });

  test('get everything where there are no others', () => {
    expect(restricted([member('b', { lane: 'overflow' })])).toEqual({ b: 't' });
  });

  test('get what no other wants', () => {
    const some = [member('a'), member('b', { lane: 'overflow', topics: ['t', 'u'] })];

    expect(restricted(some)).toEqual({ a: 't', b: 'u' });
  });
});

describe('an assignor behind it', () => {
  const partitionCounts = counts({ t: 4 });
  const assigned = (members: readonly SharingMember[], rule: Partial<SharingRule>) =>
    sharesOf(
      cooperativeSticky.assign({
        members: restrict(members, { ...NOTHING, ...rule }),
        partitionCounts,
      }),
    );

  test('gives away what a member on standby had when that has let go, and nothing else moves', () => {
    const holding = [
      member('a', { label: 'app', owned: 't0 t1' }),
      member('b', { owned: 't2' }),
      member('c', { owned: 't3' }),
    ];
    const released = [member('a', { label: 'app', owned: '' }), ...holding.slice(1)];

    const rule = { standbyLabels: ['app'] };

    expect(assigned(holding, rule)).toEqual({ a: '', b: 't2', c: 't3' });
    expect(assigned(released, rule)).toEqual({ a: '', b: 't0 t2', c: 't1 t3' });
  });

  test('gives the overflow lane an even share, and takes only that back', () => {
    const opening = [member('a', { owned: 't0 t1 t2 t3' }), member('b', { lane: 'overflow' })];
    const closing = [
      member('a', { owned: 't0 t1' }),
      member('b', { lane: 'overflow', owned: 't2 t3' }),
    ];

    expect(assigned(opening, { isOverflowOpen: true })).toEqual({ a: 't0 t1', b: '' });
    expect(assigned(closing, {})).toEqual({ a: 't0 t1', b: '' });
  });
});

test('two restrictions are the same whatever the order of members and topics', () => {
  const one = [memberOf('a', ['t', 'u']), memberOf('b', ['t'])];
  const same = [memberOf('b', ['t']), memberOf('a', ['u', 't'])];
  const other = [memberOf('b', ['t']), memberOf('a', ['u'])];

  expect([isSameRestriction(one, same), isSameRestriction(one, other)]).toEqual([true, false]);
});
