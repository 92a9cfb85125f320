import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FailureTrail } from '../../../../src/client/failure/failure-trail.ts';
import {
  addTrail,
  describeThrown,
  splitTrail,
} from '../../../../src/client/failure/failure-trail.ts';

const TRAIL: FailureTrail = {
  topic: 'orders',
  partition: 3,
  offset: 17,
  timestampMs: 1000,
  groupId: 'billing',
  attempts: 5,
  errorName: 'TypeError',
  errorMessage: 'no sum',
  errorStack: 'TypeError: no sum\n  at x',
  firstFailureMs: 2000,
  lastFailureMs: 3000,
};

describe('the trail of a failed record', () => {
  test('leaves the headers that were there as they were, names that repeat included', () => {
    const header = fc.record({
      key: fc.string(),
      value: fc.option(fc.uint8Array({ maxLength: 8 }), { nil: null }),
    });
    fc.assert(
      fc.property(fc.array(header, { maxLength: 5 }), (headers) => {
        const found = splitTrail(addTrail(headers, TRAIL));

        expect(found).toEqual({ headers, trail: TRAIL });
      }),
    );
  });

  test('of one that failed twice is taken off one at a time, the later first', () => {
    const twice = addTrail(addTrail([], TRAIL), { ...TRAIL, topic: 'dead' });

    const later = splitTrail(twice);
    const first = splitTrail(later?.headers ?? []);

    expect([later?.trail.topic, first?.trail.topic]).toEqual(['dead', 'orders']);
  });

  test('keeps ids by another name, as they are nothing that a broker may tell repeats by', () => {
    const id = (value: number) => ({ key: 'message-id', value: Uint8Array.of(value) });
    const mine = { key: 'mine', value: null };

    const once = addTrail([id(0xff), mine, id(2)], TRAIL);
    const back = splitTrail(once);
    const dead = splitTrail(addTrail(once, { ...TRAIL, topic: 'dead' }));

    expect(once.slice(0, 3)).toEqual([
      mine,
      { key: 'ottla.failed.message-id', value: Uint8Array.of(0xff) },
      { key: 'ottla.failed.message-id', value: Uint8Array.of(2) },
    ]);
    expect(once.some(({ key }) => key === 'message-id')).toBe(false);
    expect(back).toEqual({ headers: [mine, id(0xff), id(2)], trail: TRAIL });
    expect(dead?.headers).toEqual(once);
  });

  test.each([
    ['none', []],
    ['one that is cut', addTrail([], TRAIL).slice(1)],
    ['one with something behind it', [...addTrail([], TRAIL), { key: 'x', value: null }]],
    [
      'one with an offset that is no number',
      addTrail([], TRAIL).map(({ key, value }) => ({
        key,
        value: key.endsWith('.offset') ? Buffer.from('x') : value,
      })),
    ],
  ])('is not believed: %s', (_, headers) => {
    expect(splitTrail(headers)).toBeUndefined();
  });

  test('bounds what was thrown, in whole characters', () => {
    const { errorMessage, errorStack } = describeThrown(new Error('é'.repeat(5000)));

    expect(Buffer.byteLength(errorMessage)).toBe(1024);
    expect(Buffer.byteLength(errorStack)).toBeLessThanOrEqual(2048);
    expect(`${errorMessage}${errorStack}`).not.toContain('�');
  });

  test.each([
    ['text', 'string'],
    [undefined, 'undefined'],
    [Object.create(null), 'object'],
  ])('describes %o, which is no error', (thrown, errorName) => {
    expect(describeThrown(thrown)).toMatchObject({ errorName, errorStack: '' });
  });
});
