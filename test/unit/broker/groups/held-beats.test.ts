import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../../src/base/errors.ts';
import type { JoinReply } from '../../../../src/broker/groups/groups.ts';
import type { Pending } from './coordinator-rig.ts';
import { CoordinatorRig, GROUP } from './coordinator-rig.ts';

const hold = (
  rig: CoordinatorRig,
  { memberId, generation }: JoinReply,
  waitMs: number,
): Pending<ErrorCode> => rig.watch(rig.groups().heartbeat(GROUP, { memberId, generation }, waitMs));

describe('a heartbeat that may be held back', () => {
  it('is answered when its time is over, where there is nothing to tell', async () => {
    const rig = await CoordinatorRig.start(1);
    const beat = hold(rig, await rig.settleAlone(), 1000);

    await rig.run(900);
    expect(beat.reply).toBeUndefined();
    await rig.run(200);

    expect(beat.reply).toBe('NONE');
  });

  it('tells at once that the others gather', async () => {
    const rig = await CoordinatorRig.start(1);
    const beat = hold(rig, await rig.settleAlone(), 5000);
    await rig.run(100);

    rig.watch(rig.join());
    await rig.run(50);

    expect(beat.reply).toBe('REBALANCE_IN_PROGRESS');
  });

  it('tells at once that the others gather, where they began in the same turn', async () => {
    const rig = await CoordinatorRig.start(1);
    const beat = hold(rig, await rig.settleAlone(), 5000);

    rig.watch(rig.join());
    await rig.run(50);

    expect(beat.reply).toBe('REBALANCE_IN_PROGRESS');
  });

  it('is not disturbed by what leaves the member where it is', async () => {
    const rig = await CoordinatorRig.start(1);
    const joined = await rig.settleAlone();
    const beat = hold(rig, joined, 5000);

    expect(await rig.commit(7, joined)).toBe('NONE');

    expect(beat.reply).toBeUndefined();
  });

  it('tells at once that the coordinator has moved', async () => {
    const rig = await CoordinatorRig.start();
    const beat = hold(rig, await rig.settleAlone(), 9000);

    await rig.moveTo(2);

    expect(beat.reply).toBe('NOT_COORDINATOR');
  });

  it('tells at once that the coordinator has given the group up in the same turn', async () => {
    const rig = await CoordinatorRig.start(1);
    const beat = hold(rig, await rig.settleAlone(), 9000);

    rig.cluster.broker(1).node.groups.close();
    await rig.run(50);

    expect(beat.reply).toBe('NOT_COORDINATOR');
  });

  it('keeps a session no longer than one that is answered at once', async () => {
    const rig = await CoordinatorRig.start(1);
    const sessionTimeoutMs = 6000;
    const beat = hold(rig, await rig.settleAlone({ sessionTimeoutMs }), 9000);

    await rig.run(sessionTimeoutMs - 100);
    expect(beat.reply).toBeUndefined();
    await rig.run(200);

    expect(rig.groups().describeGroup(GROUP).state).toBe('empty');
    expect(beat.reply).toBe('UNKNOWN_MEMBER_ID');
  });

  it('is held for 10 s at most, whatever it asks for', async () => {
    const rig = await CoordinatorRig.start(1);
    const joined = await rig.settleAlone({ sessionTimeoutMs: 60_000 });
    const beat = hold(rig, joined, 1_000_000);

    await rig.run(9900);
    expect(beat.reply).toBeUndefined();
    await rig.run(200);

    expect(beat.reply).toBe('NONE');
  });

  it('is refused at once where the member is not in the generation', async () => {
    const rig = await CoordinatorRig.start(1);
    const joined = await rig.settleAlone();
    const beat = hold(rig, { ...joined, generation: joined.generation + 1 }, 5000);

    await rig.run(20);

    expect(beat.reply).toBe('ILLEGAL_GENERATION');
  });
});
