import { OttlaError } from './errors.ts';
import { nearest } from './nearest.ts';

/** Every key of an interface, and no other: the compiler holds such a table to it. */
export type KeysOf<Options> = { readonly [Key in keyof Options]-?: true };

/**
 * Throws CONFIG naming the first key of `given` that is none of `known`, and the one that was
 * most likely meant: without types nothing else would tell of a slip. `what` says what is given,
 * as in `producer option`.
 */
export const checkKeys = (what: string, given: object, known: Record<string, true>): void => {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new OttlaError(
      'CONFIG',
      `${what}: expected an object with ${Object.keys(known).join(', ')}`,
    );
  }
  const strange = Object.keys(given).find((key) => !Object.hasOwn(known, key));
  if (strange === undefined) return;
  const guess = nearest(strange, Object.keys(known));
  const remedy =
    guess === undefined ? `known are ${Object.keys(known).join(', ')}` : `did you mean ${guess}?`;
  throw new OttlaError('CONFIG', `unknown ${what}: ${strange}, ${remedy}`);
};
