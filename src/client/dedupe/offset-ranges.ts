import type { Offset } from '../../base/ids.ts';

/** Both inclusive. */
export interface OffsetSpan {
  readonly first: Offset;
  readonly last: Offset;
}

const SPAN = /^(\d+)(?:-(\d+))?$/;

/** `17,20-29`: ascending, apart from each other. */
export const encodeRanges = (spans: readonly OffsetSpan[]): string =>
  spans.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');

/** Empty where there is none, or one of another form: what it told is handled again. */
export const decodeRanges = (text: string | null | undefined): OffsetSpan[] => {
  const spans = (text ?? '').split(',').map((part) => {
    const [, first = '', last = first] = SPAN.exec(part) ?? [];
    return { first: first === '' ? Number.NaN : Number(first), last: Number(last) };
  });
  const isWhole = spans.every(({ first, last }) => first <= last && Number.isSafeInteger(last));
  return isWhole ? spans : [];
};

export const hasOffset = (spans: readonly OffsetSpan[], offset: Offset): boolean =>
  spans.some(({ first, last }) => first <= offset && offset <= last);

/**
 * With these, and without what lies `keepCount` or more below the highest. Where these lie that far
 * below themselves, the partition is read anew: nothing of before holds.
 */
export const addOffsets = (
  spans: readonly OffsetSpan[],
  offsets: ReadonlySet<Offset>,
  keepCount: number,
): OffsetSpan[] => {
  const single = [...offsets].map((offset) => ({ first: offset, last: offset }));
  const isAnew = Math.max(...offsets) <= (spans.at(-1)?.last ?? 0) - keepCount;
  const all = [...(isAnew ? [] : spans), ...single].sort((left, right) => left.first - right.first);
  const joined: OffsetSpan[] = [];
  for (const { first, last } of all) {
    const before = joined.at(-1);
    if (before !== undefined && first <= before.last + 1) {
      joined[joined.length - 1] = { first: before.first, last: Math.max(before.last, last) };
    } else joined.push({ first, last });
  }
  const lowest = (joined.at(-1)?.last ?? 0) - keepCount + 1;
  return joined
    .filter(({ last }) => last >= lowest)
    .map(({ first, last }) => ({ first: Math.max(first, lowest), last }));
};
