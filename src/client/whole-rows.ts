import { OttlaError } from '../base/errors.ts';

export interface RowSource<Row, T> {
  /** The first rows of all that are asked for, in their order: fewer are all there are. */
  read(maxCount: number): Promise<readonly Row[]>;
  /** Throws CORRUPT_STORE for a damaged row; undefined: one that says nothing. */
  decode(row: Row): T | undefined | Promise<T | undefined>;
}

/**
 * The first of the rows that are whole, no more than `maxCount`: damaged ones hold up nothing that
 * lies behind them. Where nothing is whole, the error of the first damaged one, which names it.
 */
export const wholeRows = async <Row, T>(
  maxCount: number,
  { read, decode }: RowSource<Row, T>,
): Promise<T[]> => {
  for (let limit = maxCount; ; ) {
    const rows = await read(limit);
    const whole: T[] = [];
    let damaged: OttlaError | undefined;
    for (const row of rows) {
      try {
        const one = await decode(row);
        if (one !== undefined && whole.length < maxCount) whole.push(one);
      } catch (error) {
        if (!(error instanceof OttlaError) || error.code !== 'CORRUPT_STORE') throw error;
        damaged ??= error;
      }
    }
    if (rows.length < limit || whole.length === maxCount) {
      if (whole.length === 0 && damaged !== undefined) throw damaged;
      return whole;
    }
    // Those that were passed over, and as many as are wanted.
    limit += maxCount - whole.length;
  }
};
