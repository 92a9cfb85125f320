import { describe, expect, it } from 'vitest';
import { describeOutcome } from '../../../src/cli/cluster-controllers.ts';

describe('what became of a change of the controllers', () => {
  it.each([
    ['add', true, 'controller 9 is a voter now'],
    ['remove', true, 'controller 9 is no voter now'],
    ['add', false, 'controller 9 was a voter already: nothing was changed'],
    ['remove', false, 'no voter has the number 9: nothing was changed'],
  ] as const)('%s, changed: %s', (verb, isChanged, line) => {
    expect(describeOutcome(verb, 9, isChanged)).toBe(line);
  });
});
