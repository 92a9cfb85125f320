import { expect, test, vi } from 'vitest';
import type { ErrorCode } from '../../../../src/base/errors.ts';
import { Outbox } from '../../../../src/broker/groups/outbox.ts';

const ended = (outbox: Outbox, code: ErrorCode): void => {
  for (const effect of outbox.take()) {
    if (effect.kind === 'write') outbox.onWritten(effect.writeId, code, 0);
  }
};

test('of what timed out again and again the last counts, once, when a later write is stored', () => {
  const outbox = new Outbox();
  const applied = vi.fn();
  for (let offset = 1; offset <= 3; offset += 1) {
    outbox.write(
      [],
      () => {},
      () => new Map([['a place', () => applied(offset)]]),
    );
    ended(outbox, 'REQUEST_TIMED_OUT');
  }
  expect(applied).not.toHaveBeenCalled();

  outbox.write([], () => {});
  ended(outbox, 'NONE');
  outbox.write([], () => {});
  ended(outbox, 'NONE');

  expect(applied.mock.calls).toEqual([[3]]);
});

test('what failed for good is not applied later', () => {
  const outbox = new Outbox();
  const applied = vi.fn();
  outbox.write(
    [],
    () => {},
    () => new Map([['a place', applied]]),
  );
  ended(outbox, 'NOT_COORDINATOR');

  outbox.write([], () => {});
  ended(outbox, 'NONE');

  expect(applied).not.toHaveBeenCalled();
});
