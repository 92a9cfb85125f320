export type Cell = string | number;

const GAP = '  ';

/** Lines of a table with a heading: numbers to the right, columns as wide as they must be. */
export const formatTable = (
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
): string[] => {
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
