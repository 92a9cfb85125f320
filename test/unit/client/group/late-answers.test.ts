import { expect, test } from 'vitest';
import { encodeAssignment } from '../../../../src/client/group/consumer-protocol.ts';
import { places } from './assignor-fixture.ts';
import { MemberRig, memberWith } from './member-rig.ts';

test('the end of a revocation says nothing of a later one', () => {
  const rig = memberWith('t0 t1').beat('REBALANCE_IN_PROGRESS').joined().synced('t0');
  const { revocation } = rig.last('revoke');
  rig.beat('UNKNOWN_MEMBER_ID').joined().synced('t0 t1');
  rig.beat('REBALANCE_IN_PROGRESS').joined().synced('t1');
  expect(rig.places('revoke')).toBe('t0');
  rig.kinds();

  rig.see(rig.core.onRevoked(revocation));
  expect(rig.kinds()).toEqual([]);
  rig.revoked();

  expect(rig.kinds()).toEqual(['join']);
  expect(rig.last('join').owned).toEqual(places('t1'));
});

test.each([
  ['a share', 'NONE'],
  ['a refusal', 'UNKNOWN_MEMBER_ID'],
] as const)('%s that comes late is not taken for the answer to the sync asked since', (_, code) => {
  const rig = new MemberRig().join().joined();
  const { request } = rig.last('sync');
  rig.fire('watch').coordinator(2);
  expect(rig.last('sync')).toMatchObject({ coordinator: 2 });
  rig.kinds();

  rig.see(rig.core.onSync(request, { code, assignment: encodeAssignment(places('t0')) }));
  expect(rig.kinds()).toEqual([]);
  rig.synced('t1');

  expect(rig.owned).toBe('t1');
  expect(rig.count('lost')).toBe(0);
});

test('a share that comes late, after the member began anew, gives it nothing', () => {
  const rig = new MemberRig().join().joined();
  const { request } = rig.last('sync');
  rig.synced('', 'REBALANCE_IN_PROGRESS');
  rig.kinds();

  const assignment = encodeAssignment(places('t0'));
  rig.see(rig.core.onSync(request, { code: 'NONE', assignment }));

  expect(rig.kinds()).toEqual([]);
  expect(rig.owned).toBe('');
});

test('a share that comes after the member was taken for stuck gives it nothing', () => {
  const rig = new MemberRig().join().joined();
  rig.see(rig.core.onPollsMissed());
  rig.kinds();

  rig.synced('t0');

  expect(rig.kinds()).toEqual([]);
  expect(rig.core.phase).toBe('out');
});

test('an answer to a join that comes after the member was taken for stuck is passed over', () => {
  const rig = new MemberRig().join();
  rig.see(rig.core.onPollsMissed());
  rig.kinds();

  rig.joined();

  expect(rig.kinds()).toEqual([]);
  expect(rig.core.phase).toBe('out');
});
