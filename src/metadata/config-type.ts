import { nearestSafeInteger } from '../base/safe-integer.ts';

/** How a config's text is read: its range in words for a person, and its check. */
export interface ConfigType {
  /** Kafka's name of the type, for DescribeConfigs. */
  readonly name: 'boolean' | 'string' | 'int' | 'long' | 'double' | 'list';
  /** Undefined for a good value, else why it is not: one line that goes on from the key. */
  validate(value: string): string | undefined;
}

const INT_MAX = 2 ** 31 - 1;
const LONG_MAX = 2 ** 63;

/** A whole number of 32 bits, from `min`. */
export const intType = (min: number, max: number = INT_MAX): ConfigType => ({
  name: 'int',
  validate: (value) => validateWhole(value, min, max),
});

/** A whole number of 64 bits, from `min`. Read as a number, it is capped at 2^53 - 1. */
export const longType = (min: number): ConfigType => ({
  name: 'long',
  validate: (value) => validateWhole(value, min, LONG_MAX),
});

/** A decimal fraction from `min` to `max`. */
export const doubleType = (min: number, max: number): ConfigType => ({
  name: 'double',
  validate: (value) => {
    const isNumber = /^\d{1,10}(\.\d{1,17})?$/.test(value);
    const isFine = isNumber && Number(value) >= min && Number(value) <= max;
    return isFine ? undefined : `must be a number from ${min} to ${max}, not '${value}'`;
  },
});

export const booleanType: ConfigType = {
  name: 'boolean',
  validate: (value) =>
    value === 'true' || value === 'false' ? undefined : `must be true or false, not '${value}'`,
};

/** One of `values`; `refused` says of known values why they do not work here. */
export const choiceType = (
  values: readonly string[],
  refused: Readonly<Record<string, string>> = {},
): ConfigType => ({
  name: 'string',
  validate: (value) => {
    if (values.includes(value)) return undefined;
    if (Object.hasOwn(refused, value)) return `'${value}' is not supported: ${refused[value]}`;
    return `must be ${values.join(' or ')}, not '${value}'`;
  },
});

/** One or more of `values`, each once, separated by commas. */
export const listType = (values: readonly string[]): ConfigType => ({
  name: 'list',
  validate: (value) => {
    const parts = readList(value);
    const isFine =
      parts.every((part) => values.includes(part)) && new Set(parts).size === parts.length;
    return isFine ? undefined : `must be ${values.join(' or ')} or both, not '${value}'`;
  },
});

/** Names that `validateName` has nothing against, each once, separated by commas; '': none. */
export const namesType = (validateName: (name: string) => string | undefined): ConfigType => ({
  name: 'list',
  validate: (value) => {
    const names = readNames(value);
    if (new Set(names).size < names.length) return `has a name twice: '${value}'`;
    return names.map(validateName).find((reason) => reason !== undefined);
  },
});

export const readNames = (value: string): string[] => (value === '' ? [] : readList(value));

export const readList = (value: string): string[] => value.split(',').map((part) => part.trim());

export const readWhole = (value: string): number => nearestSafeInteger(Number(value));

const validateWhole = (value: string, min: number, max: number): string | undefined => {
  if (!/^-?\d{1,19}$/.test(value)) return `must be a whole number, not '${value}'`;
  const number = Number(value);
  if (number < min) return `must be at least ${min}, not ${value}`;
  if (number > max) return `must be at most ${max === LONG_MAX ? '2^63 - 1' : max}, not ${value}`;
  return undefined;
};
