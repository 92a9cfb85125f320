/** What the text of a value must be, and what is said when it is not. */
export type ValueType =
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'decimal'; readonly min: number; readonly max: number }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'string' }
  | { readonly kind: 'list' }
  | { readonly kind: 'choice'; readonly values: readonly string[] };

export const integer = (min: number, max = 2 ** 31 - 1): ValueType => ({
  kind: 'integer',
  min,
  max,
});
export const long = (min: number): ValueType => integer(min, Number.MAX_SAFE_INTEGER);
export const boolean: ValueType = { kind: 'boolean' };
export const string: ValueType = { kind: 'string' };
/** Of anything, separated by commas. */
export const list: ValueType = { kind: 'list' };
export const choice = (...values: string[]): ValueType => ({ kind: 'choice', values });

const FRACTION = /^\d+(\.\d+)?$/;
const DECIMAL = /^[+-]?\d+$/;

/** What `text` should have been, as a noun phrase; `undefined` when it is fine. */
export const expectedInstead = (type: ValueType, text: string): string | undefined => {
  switch (type.kind) {
    case 'string':
    case 'list':
      return undefined;
    case 'boolean':
      return /^(true|false)$/i.test(text) ? undefined : 'true or false';
    case 'choice':
      return type.values.includes(text) ? undefined : `one of ${type.values.join(', ')}`;
    case 'decimal': {
      const value = FRACTION.test(text) ? Number(text) : Number.NaN;
      if (value >= type.min && value <= type.max) return undefined;
      return `a number from ${type.min} to ${type.max}`;
    }
    case 'integer': {
      const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
      if (value >= type.min && value <= type.max) return undefined;
      return `a whole number from ${type.min} to ${type.max}`;
    }
  }
};
