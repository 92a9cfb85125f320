import type { Anomaly } from './anomaly.ts';
import type { Indexed } from './key-log.ts';

/** Two values at one offset: somebody was shown, or promised, what another was not. */
export const findInconsistentOffsets = (history: Indexed): Anomaly[] =>
  history.keys.flatMap((key) =>
    [...history.logOf(key).valuesByOffset]
      .filter(([, values]) => values.size > 1)
      .map(([offset, values]) => ({
        kind: 'inconsistent-offsets',
        key,
        detail: `offset ${offset} holds ${[...values].join(' and ')}`,
      })),
  );

/** One value at two offsets: a retry was appended again. */
export const findDuplicates = (history: Indexed): Anomaly[] =>
  history.keys.flatMap((key) => {
    const log = history.logOf(key);
    return [...log.indexesOf]
      .filter(([, indexes]) => indexes.length > 1)
      .map(([value, indexes]) => {
        const detail = `${value} stands at ${indexes.length} offsets`;
        return { kind: 'duplicate', key, detail };
      });
  });

/** A value was read although its writer was told that it surely was not written. */
export const findAbortedReads = (history: Indexed): Anomaly[] =>
  history.keys.flatMap((key) => {
    const read = history.readOf(key);
    return history
      .writesOf(key)
      .filter(({ type, value }) => type === 'fail' && read.has(value))
      .map(({ value }) => ({ kind: 'G1a', key, detail: `${value} failed, and was read` }));
  });

/**
 * A value that must be in the log was read by nobody, though values behind it were. First and last
 * places are told apart, so that the verdict stands even where offsets conflict.
 */
export const findLostWrites = (history: Indexed): Anomaly[] =>
  history.keys.flatMap((key) => {
    const log = history.logOf(key);
    const read = history.readOf(key);
    let bound = -1;
    for (const value of read) bound = Math.max(bound, log.firstIndexOf(value) ?? -1);
    return history
      .writesOf(key)
      .filter(({ mustHaveCommitted, value }) => mustHaveCommitted && !read.has(value))
      .filter(({ value }) => (log.lastIndexOf(value) ?? Number.POSITIVE_INFINITY) <= bound)
      .map(({ value, offset }) => {
        const detail = `${value} acknowledged at ${offset ?? 'an unknown offset'} was never read`;
        return { kind: 'lost-write', key, detail };
      });
  });

/** Acknowledged, and not read by the end of the last phase, which reads everything. */
export const findUnseen = (history: Indexed): Anomaly[] =>
  history.keys.flatMap((key) => {
    const read = history.readOf(key);
    return history
      .writesOf(key)
      .filter(({ type, value }) => type === 'ok' && !read.has(value))
      .map(({ value, offset }) => ({
        kind: 'unseen',
        key,
        detail: `${value} acknowledged at ${offset ?? 'an unknown offset'}`,
      }));
  });
