import { describe, expect, test } from 'vitest';
import type { RetryPlace } from '../../../../src/client/retry/retry-order.ts';
import { RetryOrder } from '../../../../src/client/retry/retry-order.ts';

const NOW_MS = 1000;
const at = (offset: number, hops = 0, lane: number | undefined = 7): RetryPlace => ({
  lane,
  offset,
  hops,
});

describe('whose turn it is', () => {
  test('a record of a lane of which nothing is in the retry topic is handled', () => {
    const order = new RetryOrder();
    order.onSend(at(1, 1, 8), 5000);

    expect(order.turnOf(at(2), false, NOW_MS)).toEqual({ kind: 'handle' });
  });

  test('one that follows another that waits goes behind it, due no earlier', () => {
    const order = new RetryOrder();
    order.onSend(at(1, 1), 5000);

    expect(order.turnOf(at(2), false, NOW_MS)).toEqual({ kind: 'behind', dueMs: 5000 });
    expect(order.turnOf(at(2), true, NOW_MS)).toEqual({ kind: 'behind', dueMs: 5000 });
  });

  test('one that was first is not held up by what was sent behind it', () => {
    const order = new RetryOrder();
    order.onSend(at(1, 1), 5000);
    order.onSend(at(2), 5000);

    order.onTaken(at(1, 1));

    expect(order.turnOf(at(1, 1), true, NOW_MS)).toEqual({ kind: 'handle' });
  });

  test('one that follows another that has come back, and is not finished, goes behind it', () => {
    const order = new RetryOrder();
    order.onSend(at(1, 1), 500);
    order.onTaken(at(1, 1));

    expect(order.turnOf(at(2), false, NOW_MS)).toEqual({ kind: 'behind', dueMs: NOW_MS });

    order.onEnded(at(1, 1));

    expect(order.turnOf(at(2), false, NOW_MS)).toEqual({ kind: 'handle' });
  });

  test('one that came back and was sent once more holds up its lane until it is finished', () => {
    const order = new RetryOrder();
    order.onSend(at(1, 1), 500);
    order.onTaken(at(1, 1));
    order.onSend(at(1, 2), 9000);
    order.onEnded(at(1, 1));

    expect(order.turnOf(at(2), true, NOW_MS)).toEqual({ kind: 'behind', dueMs: 9000 });
  });

  test('a record that is in the retry topic as well is handled from there', () => {
    const order = new RetryOrder();
    order.onFound(at(1, 1), 5000);

    expect(order.turnOf(at(1), false, NOW_MS)).toEqual({ kind: 'there' });

    order.onTaken(at(1, 1));

    expect(order.turnOf(at(1), false, NOW_MS)).toEqual({ kind: 'there' });
    expect(order.turnOf(at(1, 1), true, NOW_MS)).toEqual({ kind: 'handle' });
  });

  test('an earlier copy of one that waits does not stand for it, however often each was handled', () => {
    const order = new RetryOrder();
    order.onFound(at(1, 2), 5000);

    order.onTaken(at(1, 1));
    expect(order.turnOf(at(1, 1), true, NOW_MS)).toEqual({ kind: 'there' });
    order.onEnded(at(1, 1));

    expect(order.turnOf(at(2), false, NOW_MS)).toEqual({ kind: 'behind', dueMs: 5000 });
  });

  test('one that has come is handled, and holds nothing up, though it is found to wait after that', () => {
    const order = new RetryOrder();
    order.onFound(at(1, 1), 100);
    order.onTaken(at(1, 1));
    order.onFound(at(1, 1), 100);

    expect(order.turnOf(at(1, 1), true, NOW_MS)).toEqual({ kind: 'handle' });

    order.onEnded(at(1, 1));

    expect(order.turnOf(at(2), false, NOW_MS)).toEqual({ kind: 'handle' });
  });

  test('one that the retry topic did not take holds nothing up, and its turn comes where it is', () => {
    const order = new RetryOrder();
    order.onSend(at(1, 1), 5000);
    order.onRefused(at(1, 1));

    expect(order.turnOf(at(1), false, NOW_MS)).toEqual({ kind: 'handle' });
    expect(order.turnOf(at(2), false, NOW_MS)).toEqual({ kind: 'handle' });
  });

  test('without a lane nothing is behind anything, and what is there is known', () => {
    const order = new RetryOrder();
    order.onFound({ lane: undefined, offset: 1, hops: 1 }, 5000);

    expect(order.turnOf({ lane: undefined, offset: 2, hops: 0 }, false, NOW_MS).kind).toBe(
      'handle',
    );
    expect(order.turnOf({ lane: undefined, offset: 1, hops: 0 }, false, NOW_MS).kind).toBe('there');
  });

  test('behind one that is late it is looked again after a pause, not at once', () => {
    const order = new RetryOrder();
    order.onSend(at(1, 1), 500);

    expect(order.turnOf(at(2), false, NOW_MS)).toEqual({ kind: 'behind', dueMs: NOW_MS + 1000 });
  });
});

describe('a record that does not come', () => {
  test('lets its lane go where it was there before a look that did not see it', () => {
    const order = new RetryOrder();
    order.onFound(at(1, 1), 500);
    expect(order.isLate(NOW_MS)).toBe(true);

    order.beginLook();
    order.dropMissing(new Map());

    expect(order.isLate(NOW_MS)).toBe(false);
    expect(order.turnOf(at(2), false, NOW_MS)).toEqual({ kind: 'handle' });
  });

  test('holds its lane up where the look has seen it, to its new time', () => {
    const order = new RetryOrder();
    order.onFound(at(1, 1), 500);

    order.beginLook();
    order.dropMissing(new Map([[1, 7000]]));

    expect(order.turnOf(at(2), false, NOW_MS)).toEqual({ kind: 'behind', dueMs: 7000 });
  });

  test.each([
    ['is being sent', (order: RetryOrder) => order.onSend(at(1, 1), 500)],
    [
      'was acknowledged since the look began',
      (order: RetryOrder) => {
        order.onSend(at(1, 1), 500);
        order.beginLook();
        order.onSent(at(1, 1));
      },
    ],
  ])('holds its lane up where it %s', (_, send) => {
    const order = new RetryOrder();
    send(order);

    if (order.isLate(NOW_MS)) order.dropMissing(new Map());

    expect(order.turnOf(at(2), false, NOW_MS).kind).toBe('behind');
  });
});
