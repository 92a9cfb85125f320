import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planted } from './plant.ts';
import { PLANTED } from './planted.ts';

const FOLDER = 'test/sim/invariants';

/** What each check tells, with the file that tells it. */
const told = readdirSync(FOLDER).flatMap((file) =>
  [...readFileSync(`${FOLDER}/${file}`, 'utf8').matchAll(/violate\(\s*'([a-z-]+)'/g)].map(
    ([, property]) => `${property} of ${file}`,
  ),
);

/** No one-line fault comes past an assertion of the program to this one: a test shows it alone. */
const SHOWN_ALONE = ['minimum-in-sync of durable-copies.ts'];

describe('the planted faults', () => {
  it('make every property fail that an invariant tells', () => {
    const aimedAt = new Set(PLANTED.map(({ property }) => property));

    const untried = told.filter((it) => !aimedAt.has(it.slice(0, it.indexOf(' '))));

    expect(told.length).toBeGreaterThan(25);
    expect(untried).toEqual(SHOWN_ALONE);
  });

  it.each(PLANTED)('find the line that they replace, once ($name)', (fault) => {
    const edits = [fault, ...(fault.also ?? [])];

    const sources = edits.map((edit) => planted(edit, readFileSync(edit.path, 'utf8')));

    expect(sources).toHaveLength(edits.length);
  });

  it('have names of their own', () => {
    const names = PLANTED.map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
  });
});
