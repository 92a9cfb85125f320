export type Cell = string | number;

const GAP = '  ';

/**
 * What others have named, such as a path, in one line and without what a terminal would obey:
 * control characters as in a string of JSON.
 */
export const printable = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Lines of a table with a heading: numbers to the right, columns as wide as they must be. */
export const formatTable = (
  headings: readonly string[],
  given: readonly (readonly Cell[])[],
): string[] => {
  const rows = given.map((row) =>
    row.map((cell) => (typeof cell === 'string' ? printable(cell) : cell)),
  );
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => String(row[column] ?? '').length)),
  );
  const format = (cells: readonly Cell[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return typeof cell === 'number' ? String(cell).padStart(width) : cell.padEnd(width);
      })
      .join(GAP)
      .trimEnd();
  return [format(headings), ...rows.map(format)];
};
