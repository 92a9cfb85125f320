/** What protobufjs tells of a message type that it has read from a schema. */
interface ReflectedType {
  readonly fullName?: string;
  readonly fields: { readonly [name: string]: ReflectedField };
  readonly oneofs?: { readonly [name: string]: unknown };
}

interface ReflectedField {
  readonly map?: boolean;
  readonly repeated?: boolean;
  /** A message or an enum, once the type was used. */
  readonly resolvedType?: unknown;
}

/** It may hold any message in its fields. */
const ANY = '.google.protobuf.Any';

/**
 * The path of a field that the type does not have and that encoding would lose, if any. Types
 * reflected from a schema tell their fields all the way down, generated classes only their own;
 * other types tell none.
 */
export const unknownFieldOf = (type: unknown, value: object): string | undefined => {
  if (isReflected(type)) return unknownInReflected(type, value);
  if (!isGeneratedClass(type)) return undefined;
  return Object.keys(value).find((name) => isGiven(value, name) && !(name in type.prototype));
};

const isReflected = (type: unknown): type is ReflectedType => {
  const fields = (type as { readonly fields?: unknown } | null | undefined)?.fields;
  return typeof fields === 'object' && fields !== null && !Array.isArray(fields);
};

/** Of protobufjs: the prototype has the default of every field. */
const isGeneratedClass = (type: unknown): type is { readonly prototype: object } =>
  typeof type === 'function' && 'verify' in type && 'fromObject' in type;

const isGiven = (value: object, name: string): boolean =>
  (value as { readonly [name: string]: unknown })[name] !== undefined;

const unknownInReflected = (type: ReflectedType, value: object): string | undefined => {
  if (type.fullName === ANY) return undefined;
  for (const [name, given] of Object.entries(value)) {
    if (given === undefined) continue;
    const field = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;
    if (field === undefined) {
      if (Object.hasOwn(type.oneofs ?? {}, name)) continue;
      return name;
    }
    const { resolvedType } = field;
    // To protobufjs null is a field that is not given.
    if (given === null || !isReflected(resolvedType)) continue;
    for (const [place, part] of partsOf(field, name, given)) {
      if (typeof part !== 'object' || part === null) continue;
      const inner = unknownInReflected(resolvedType, part);
      if (inner !== undefined) return `${place}.${inner}`;
    }
  }
  return undefined;
};

const partsOf = (
  { map, repeated }: ReflectedField,
  name: string,
  given: unknown,
): Array<[place: string, part: unknown]> => {
  if (map !== true && repeated !== true) return [[name, given]];
  return Object.entries(given as object).map(([key, part]) => [`${name}[${key}]`, part]);
};
