import { describe, expect, test } from 'vitest';
import { errorNumber, OttlaError } from '../../../../src/base/errors.ts';
import type { UnaryMethod } from '../../../../src/base/method.ts';
import type { ClientContext } from '../../../../src/client/context.ts';
import type { ConsumerOptions } from '../../../../src/client/group/consumer-options.ts';
import { resolveConsumerOptions } from '../../../../src/client/group/consumer-options.ts';
import type { CoordinatorCalls } from '../../../../src/client/group/coordinator-calls.ts';
import type { MembershipListener } from '../../../../src/client/group/membership.ts';
import { Membership } from '../../../../src/client/group/membership.ts';
import type { World } from '../fixture.ts';
import { startWorld } from '../fixture.ts';

interface Started {
  readonly member: Membership;
  readonly failures: readonly string[];
  /** What it sent as heartbeats. */
  readonly beats: readonly object[];
}

/** A member whose coordinator gives each method's answers in turn, the last one again and again. */
const startMember = (
  world: World,
  answers: Record<string, unknown[]>,
  listener: Partial<MembershipListener>,
  options: Partial<ConsumerOptions> = { heartbeatIntervalMs: 1000 },
): Started => {
  const failures: string[] = [];
  const beats: object[] = [];
  const call = async (
    _: string,
    { name }: UnaryMethod<unknown, unknown>,
    { request }: { readonly request: object },
  ): Promise<unknown> => {
    if (name === 'GroupHeartbeat') beats.push(request);
    const all = answers[name] ?? [];
    return all.length > 1 ? all.shift() : all[0];
  };
  const transport = { call };
  const member = new Membership({
    context: { ...world.env, transport } as unknown as ClientContext,
    settings: resolveConsumerOptions({ topics: ['t'], ...options }, 'c'),
    calls: { find: async () => 1, addressOf: () => 'b1' } as unknown as CoordinatorCalls,
    listener: {
      onJoining: () => {},
      countPartitions: async () => new Map(),
      onAssigned: () => {},
      onRevoke: async () => {},
      onLost: () => {},
      onDegrade: () => {},
      onFailed: ({ code }) => failures.push(code),
      ...listener,
    },
  });
  return { member, failures, beats };
};

const joined = (generation: number, leader: string) => ({
  errorCode: 0,
  memberId: 'm1',
  generation,
  protocol: 'cooperative-sticky',
  leader,
  members: [],
});

describe('a leader that decides while the others gather anew', () => {
  test('is not ended by what its old question comes to', async () => {
    const world = await startWorld();
    let fail: (error: OttlaError) => void = () => {};
    const answers = {
      JoinGroup: [joined(1, 'm1'), joined(2, 'm2')],
      GroupHeartbeat: [{ errorCode: errorNumber('REBALANCE_IN_PROGRESS') }, { errorCode: 0 }],
      SyncGroup: [{ errorCode: 0, assignment: new Uint8Array(0) }],
    };
    const { member, failures } = startMember(world, answers, {
      countPartitions: () => new Promise((_, reject) => (fail = reject)),
    });
    member.join(['t']);
    await world.clock.settle(3000);
    expect(member.identity.generation).toBe(2);

    fail(new OttlaError('INVALID_TOPIC', 'no name'));
    await world.clock.settle(3000);

    expect(failures).toEqual([]);
    expect(member.identity).toEqual({ memberId: 'm1', generation: 2 });
  });
});

test('a heartbeat is to be held no longer than a group does, however long the session is', async () => {
  const world = await startWorld();
  const answers = {
    JoinGroup: [joined(1, 'm2')],
    GroupHeartbeat: [{ errorCode: 0 }],
    SyncGroup: [{ errorCode: 0, assignment: new Uint8Array(0) }],
  };
  const options = { sessionTimeoutMs: 180_000, heartbeatIntervalMs: 50_000 };
  const { member, beats } = startMember(world, answers, {}, options);

  member.join(['t']);
  await world.clock.settle(100);

  expect(beats).toEqual([expect.objectContaining({ generation: 1, waitMs: 10_000 })]);
});
