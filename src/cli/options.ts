import { InvalidArgumentError, Option } from 'commander';
import { momentOf } from '../platform/system-clock.ts';

export const DEFAULT_BOOTSTRAP = '127.0.0.1:7091';

/** For options that take a whole number in a range. */
export const wholeNumber =
  (min: number, max: number = Number.MAX_SAFE_INTEGER): ((text: string) => number) =>
  (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
    throw new InvalidArgumentError(`Expected a whole number, ${range}.`);
  };

/** For options that take a whole number of either sign. */
export const signedNumber = (text: string): number => {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('Expected a whole number, such as -100.');
};

/** For options that take a part of all. */
export const share = (text: string): number => {
  const value = /^\d(\.\d{1,17})?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('Expected a share, 0 to 1, such as 0.1.');
};

/** For options that take a moment: milliseconds since 1970, UTC. */
export const moment = (text: string): number => {
  const value = /^\d+$/.test(text) ? Number(text) : momentOf(text);
  if (value !== undefined && Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('Expected a moment, such as 2026-01-31T08:00:00Z.');
};

/** For options that may be repeated: the values in order. */
export const collected = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  text,
];

/** As `collected`, of `key=value`. */
export const collectedSettings = (text: string, before: readonly string[] = []): string[] => {
  if (text.indexOf('=') < 1) throw new InvalidArgumentError('Expected key=value.');
  return [...before, text];
};

/** As `collected`, of whole numbers from 0. */
export const collectedNumbers = (text: string, before: readonly number[] = []): number[] => [
  ...before,
  wholeNumber(0)(text),
];

/** For names, separated by commas. */
export const names = (text: string): string[] => {
  const found = text.split(',').map((piece) => piece.trim());
  if (found.every((name) => name !== '')) return [...new Set(found)];
  throw new InvalidArgumentError('Expected names, such as billing,search.');
};

/** For numbers of brokers, separated by commas, each once. */
export const brokerNumbers = (text: string): number[] => {
  const numbers = text.split(',').map((piece) => wholeNumber(1)(piece.trim()));
  if (new Set(numbers).size === numbers.length) return numbers;
  throw new InvalidArgumentError('Expected each broker once.');
};

/** For `key=value`, repeated: a map in which a later value wins. */
export const collectedPairs = (
  text: string,
  before: ReadonlyMap<string, string> = new Map(),
): Map<string, string> => {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('Expected key=value.');
  return new Map(before).set(text.slice(0, equals).trim(), text.slice(equals + 1).trim());
};

export const bootstrapOption = (): Option =>
  new Option('-b, --bootstrap <host:port>', 'client addresses of brokers, separated by commas')
    .env('OTTLA_BOOTSTRAP')
    .default(DEFAULT_BOOTSTRAP);

export const jsonOption = (what = 'print JSON in place of a table'): Option =>
  new Option('--json', what);
