import { describe, expect, test } from 'vitest';
import type { FencedPlace } from '../../../../../src/client/group/sharing/fence-core.ts';
import { FenceCore } from '../../../../../src/client/group/sharing/fence-core.ts';

const FIRST_PARTITION = 2;

/** Of each partition before the fence: where the group goes on, of an end. */
const places = (...texts: readonly string[]): FencedPlace[] =>
  texts.map((text) => {
    const [next = '', end = ''] = text.split(' of ');
    return {
      nextOffset: next === '-' ? undefined : Number(next),
      startOffset: 0,
      endOffset: Number(end),
    };
  });

const look = (
  core: FenceCore,
  found: readonly FencedPlace[],
  more: { readonly isSettled?: boolean; readonly committed?: readonly number[] } = {},
): boolean => {
  core.onLook({ committed: [0, 1], isSettled: true, places: found, ...more });
  return core.isPassed || core.isReached;
};

describe('a fence', () => {
  test('is passed when all was consumed that was there when producers had settled', () => {
    const core = new FenceCore(FIRST_PARTITION);

    const passed = [
      look(core, places('5 of 10', '10 of 10')),
      look(core, places('9 of 30', '12 of 40')),
      look(core, places('10 of 50', '12 of 60')),
    ];

    expect(passed).toEqual([false, false, true]);
  });

  test('is not passed before they have settled, though nothing is left to consume', () => {
    const core = new FenceCore(FIRST_PARTITION);

    const before = look(core, places('10 of 10', '10 of 10'), { isSettled: false });
    const after = look(core, places('10 of 12', '10 of 10'));

    expect([before, after, look(core, places('12 of 12', '10 of 10'))]).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('holds a group that has committed nothing until it has what is there', () => {
    const core = new FenceCore(FIRST_PARTITION);

    const waiting = look(core, places('- of 3', '- of 0'));

    expect([waiting, look(core, places('3 of 3', '- of 0'))]).toEqual([false, true]);
  });

  test('does not wait for what retention has taken', () => {
    const core = new FenceCore(FIRST_PARTITION);
    look(core, places('5 of 10', '10 of 10'));

    const gone = { nextOffset: 5, startOffset: 10, endOffset: 20 };

    expect(look(core, [gone, ...places('10 of 10')])).toBe(true);
  });

  test('is passed where the group has, or has had, what is behind it', () => {
    const [held, committed, neither] = [1, 2, 3].map(() => new FenceCore(FIRST_PARTITION));
    const behind = places('0 of 9', '0 of 9');

    held?.onHeld([1, 2]);
    neither?.onHeld([0, 1]);

    expect([
      held?.isPassed,
      committed && look(committed, behind, { committed: [0, 5], isSettled: false }),
      neither && look(neither, behind),
    ]).toEqual([true, true, false]);
  });

  test('stays reached, and is passed when that is stored', () => {
    const core = new FenceCore(FIRST_PARTITION);
    look(core, places('1 of 1', '1 of 1'));

    const reached = look(core, places('1 of 9', '1 of 9'));
    const before = core.isPassed;
    core.pass();

    expect([reached, before, core.isPassed]).toEqual([true, false, true]);
  });

  test('is not passed again where it was stored, though who did so has not heard of it', () => {
    const core = new FenceCore(FIRST_PARTITION);
    look(core, places('1 of 1', '1 of 1'));
    const before = core.isReached;

    core.onHeld([0, 1, 2]);

    expect([before, core.isReached, core.isPassed]).toEqual([true, false, true]);
  });
});
