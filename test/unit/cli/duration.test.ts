import { expect, it } from 'vitest';
import { formatDuration } from '../../../src/cli/duration.ts';

it.each([
  [0, '0 s'],
  [40, '0.0 s'],
  [400, '0.4 s'],
  [59_400, '59.4 s'],
  [59_960, '1 min 0 s'],
  [125_000, '2 min 5 s'],
  [3_600_000, '1 h 0 min'],
  [12_000_000, '3 h 20 min'],
  [176_400_000, '2 d 1 h'],
])('%i ms is said as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
