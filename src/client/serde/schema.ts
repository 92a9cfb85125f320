import { OttlaError } from '../../base/errors.ts';

/** The part of the Standard Schema interface (version 1) that is used here. */
export interface StandardSchema<T> {
  readonly '~standard': {
    readonly validate: (value: unknown) => StandardResult<T> | Promise<StandardResult<T>>;
  };
}

type StandardResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

/** A schema object with a `parse` that returns the value or throws. */
export interface ParseSchema<T> {
  parse(value: unknown): T;
}

/**
 * A check written by hand or compiled from a JSON Schema: false or a thrown error refuses the
 * value; any findings it leaves on its `errors` property name the field.
 */
export type CheckFunction<T> = ((value: unknown) => value is T) | ((value: unknown) => boolean);

export type Schema<T> = StandardSchema<T> | ParseSchema<T> | CheckFunction<T>;

/** One finding, in the shapes that schema libraries have. */
interface Issue {
  readonly message?: string | undefined;
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: unknown }> | undefined;
  /** JSON pointer, as JSON Schema validators have it. */
  readonly instancePath?: string | undefined;
}

/** False for what `validate` could not ask. */
export const isSchema = (given: unknown): boolean => {
  if (typeof given === 'function') return true;
  if (typeof given !== 'object' || given === null) return false;
  const { '~standard': standard, parse } = given as {
    readonly '~standard'?: { readonly validate?: unknown } | null;
    readonly parse?: unknown;
  };
  return typeof standard?.validate === 'function' || typeof parse === 'function';
};

/**
 * Returns the value as the schema gives it; throws SERIALIZATION naming the field and the reason.
 */
export const validate = <T>(schema: Schema<T>, value: unknown): T => {
  if ('~standard' in schema) return validateStandard(schema, value);
  if ('parse' in schema && typeof schema.parse === 'function') return validateParse(schema, value);
  return validateCheck(schema as CheckFunction<T>, value);
};

const validateStandard = <T>(schema: StandardSchema<T>, value: unknown): T => {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) {
    result.catch(() => {});
    throw new OttlaError(
      'SERIALIZATION',
      'the schema validates asynchronously: use one that does not',
    );
  }
  if (result.issues !== undefined) throw refused(result.issues);
  return result.value;
};

const validateParse = <T>(schema: ParseSchema<T>, value: unknown): T => {
  try {
    return schema.parse(value);
  } catch (cause) {
    throw refused(issuesOf(cause), cause);
  }
};

const validateCheck = <T>(check: CheckFunction<T>, value: unknown): T => {
  let isValid: boolean;
  try {
    isValid = check(value);
  } catch (cause) {
    throw refused(issuesOf(cause), cause);
  }
  if (isValid) return value as T;
  const { errors } = check as { errors?: unknown };
  throw refused(Array.isArray(errors) ? (errors as Issue[]) : []);
};

const issuesOf = (error: unknown): readonly Issue[] => {
  if (typeof error !== 'object' || error === null) return [{ message: String(error) }];
  const { issues, message } = error as { issues?: unknown; message?: unknown };
  if (Array.isArray(issues) && issues.length > 0) return issues as Issue[];
  return [{ message: String(message) }];
};

const refused = (issues: readonly Issue[], cause?: unknown): OttlaError => {
  const first = issues[0];
  const rest = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  const field = first === undefined ? '' : fieldOf(first);
  const place = field === '' ? '' : `at ${field}: `;
  const reason = (first?.message ?? 'does not fit its schema').replace(/\s+/g, ' ');
  return new OttlaError('SERIALIZATION', `${place}${reason}${rest}`, { cause });
};

/** `items[0].price`, from a path of keys or a JSON pointer. */
const fieldOf = (issue: Issue): string => {
  const keys =
    issue.path?.map((part) => (typeof part === 'object' ? part.key : part)) ??
    issue.instancePath?.split('/').slice(1) ??
    [];
  return keys
    .map((key) => (/^\d+$/.test(String(key)) ? `[${String(key)}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
};
