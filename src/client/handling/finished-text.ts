import type { Offset } from '../../base/ids.ts';

/** Offsets from `start` up to before `end`. */
export interface OffsetRange {
  readonly start: Offset;
  readonly end: Offset;
}

/** Names the form of what follows: a reader that knows another one takes nothing for finished. */
const VERSION = 'done1=';
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** A digit carries five bits; from here on it says that more follow. */
const MORE = 32;

/**
 * What is finished above the committed offset, as text for its metadata: by turns how many offsets
 * are open and how many are finished, each in base 32, lowest digit first. Ranges ascend, apart
 * from each other, from `floor` on. '' where there are none; those for which `maxBytes` has no room
 * are left out, the highest first.
 */
export const encodeFinished = (
  floor: Offset,
  ranges: Iterable<OffsetRange>,
  maxBytes: number = Number.POSITIVE_INFINITY,
): string => {
  let text = VERSION;
  let at = floor;
  for (const { start, end } of ranges) {
    const pair = encodeCount(start - at) + encodeCount(end - start);
    if (text.length + pair.length > maxBytes) break;
    text += pair;
    at = end;
  }
  return text === VERSION ? '' : text;
};

/** Undefined: not of this form, or damaged. */
export const decodeFinished = (floor: Offset, text: string): OffsetRange[] | undefined => {
  if (text === '') return [];
  if (!text.startsWith(VERSION)) return undefined;
  const counts = decodeCounts(text.slice(VERSION.length));
  if (counts === undefined || counts.length % 2 !== 0) return undefined;
  const ranges: OffsetRange[] = [];
  let at = floor;
  for (let index = 0; index < counts.length; index += 2) {
    const start = at + (counts[index] ?? 0);
    at = start + (counts[index + 1] ?? 0);
    if (at === start || !Number.isSafeInteger(at)) return undefined;
    ranges.push({ start, end: at });
  }
  return ranges;
};

/** How many digits a count takes. */
export const digitsOf = (count: number): number => {
  let digits = 1;
  for (let rest = count; rest >= MORE; rest = Math.floor(rest / MORE)) digits += 1;
  return digits;
};

const encodeCount = (count: number): string => {
  let text = '';
  let rest = count;
  for (; rest >= MORE; rest = Math.floor(rest / MORE)) text += DIGITS[MORE + (rest % MORE)];
  return text + DIGITS[rest];
};

const decodeCounts = (text: string): number[] | undefined => {
  const counts: number[] = [];
  let count = 0;
  let unit = 1;
  for (const character of text) {
    const digit = DIGITS.indexOf(character);
    if (digit < 0) return undefined;
    count += (digit % MORE) * unit;
    unit *= MORE;
    if (digit >= MORE) continue;
    counts.push(count);
    count = 0;
    unit = 1;
  }
  return unit === 1 ? counts : undefined;
};
