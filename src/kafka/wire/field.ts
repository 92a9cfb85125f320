import type { Codec, RecordBytes } from './codec.ts';
import {
  BOOLEAN,
  bytesCodec,
  INT8,
  INT16,
  INT32,
  INT64,
  NO_UUID,
  recordsCodec,
  stringCodec,
  UINT16,
  UUID,
} from './codec.ts';

/**
 * The words in which messages are described: one description a message, versions as data, from
 * which `compile.ts` makes the codec of each version and the types below are inferred.
 *
 * In every version the decoded message has every field: one that the version lacks has its
 * default. When a message is encoded, a field that names a default (or is tagged) may be left out,
 * and one that the version lacks is dropped.
 */

export type ScalarType =
  | 'boolean'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'int64'
  | 'uuid'
  | 'string'
  | 'bytes'
  | 'records';

/** What a field's bytes are, versions aside. */
export type Shape =
  | {
      readonly kind: 'scalar';
      readonly type: ScalarType;
      readonly zero: unknown;
      codec(flexible: boolean, nullable: boolean): Codec;
    }
  | { readonly kind: 'array'; readonly element: Shape }
  | { readonly kind: 'struct'; readonly fields: Fields };

export interface FieldOptions<T> {
  /** First version that has the field; 0 where left out. */
  readonly since?: number;
  /** Last version that has the field, inclusive; no end where left out. */
  readonly until?: number;
  /** First version in which it may be null; never where left out. */
  readonly nullableSince?: number;
  /** Its number in the tagged section, where it lies only when it differs from its default. */
  readonly tag?: number;
  /** What it is where a version lacks it; else null where that is possible, or zero. */
  readonly default?: T;
}

/** A field of a struct. The phantom properties carry what it decodes to and takes to encode. */
export interface Field<
  Out = unknown,
  In = unknown,
  Presence extends 'required' | 'optional' = 'required' | 'optional',
> {
  readonly shape: Shape;
  readonly since: number;
  readonly until: number;
  readonly nullableSince: number;
  readonly tag: number | undefined;
  readonly default: unknown;
  readonly __out?: Out;
  readonly __in?: In;
  readonly __presence?: Presence;
}

/** The fields of a struct, in the order of the wire. */
export type Fields = Readonly<Record<string, Field>>;

type Nullable<T, O> = O extends { readonly nullableSince: number } ? T | null : T;
type PresenceOf<O> = O extends { readonly default: unknown } | { readonly tag: number }
  ? 'optional'
  : 'required';
type FieldOf<Out, In, O> = Field<Nullable<Out, O>, Nullable<In, O>, PresenceOf<O>>;

type OutOf<F> = F extends Field<infer Out, unknown> ? Out : never;
type InOf<F> = F extends Field<unknown, infer In> ? In : never;
type OptionalKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends Field<unknown, unknown, 'optional'> ? K : never;
}[keyof F];

/** What a struct decodes to. */
export type Decoded<F extends Fields> = { readonly [K in keyof F]: OutOf<F[K]> };

/** What is needed to encode a struct: fields with a default may be left out. */
export type Encodable<F extends Fields> = {
  readonly [K in Exclude<keyof F, OptionalKeys<F>>]: InOf<F[K]>;
} & { readonly [K in OptionalKeys<F>]?: InOf<F[K]> | undefined };

const field = <Out, In, O extends FieldOptions<unknown>>(
  shape: Shape,
  options: O | undefined,
): FieldOf<Out, In, O> => {
  const given: FieldOptions<unknown> = options ?? {};
  return {
    shape,
    since: given.since ?? 0,
    until: given.until ?? Number.POSITIVE_INFINITY,
    nullableSince: given.nullableSince ?? Number.POSITIVE_INFINITY,
    tag: given.tag,
    default:
      'default' in given ? given.default : given.nullableSince === undefined ? zeroOf(shape) : null,
  };
};

const NO_ELEMENTS: readonly unknown[] = Object.freeze([]);

/** What an absent value of this shape reads as; shared, hence frozen. */
const zeroOf = (shape: Shape): unknown => {
  if (shape.kind === 'scalar') return shape.zero;
  return shape.kind === 'array' ? NO_ELEMENTS : defaultsOf(shape.fields);
};

/** A struct of defaults only. */
export const defaultsOf = (fields: Fields): Readonly<Record<string, unknown>> =>
  Object.freeze(
    Object.fromEntries(Object.entries(fields).map(([name, { default: value }]) => [name, value])),
  );

const scalar = <T>(
  type: ScalarType,
  zero: T,
  codec: (flexible: boolean, nullable: boolean) => Codec<T> | Codec<T | null>,
): Shape => ({
  kind: 'scalar',
  type,
  zero,
  codec: codec as (flexible: boolean, nullable: boolean) => Codec,
});

const BOOLEAN_SHAPE = scalar('boolean', false, () => BOOLEAN);
const INT8_SHAPE = scalar('int8', 0, () => INT8);
const INT16_SHAPE = scalar('int16', 0, () => INT16);
const UINT16_SHAPE = scalar('uint16', 0, () => UINT16);
const INT32_SHAPE = scalar('int32', 0, () => INT32);
const INT64_SHAPE = scalar('int64', 0, () => INT64);
const UUID_SHAPE = scalar('uuid', NO_UUID, () => UUID);
const STRING_SHAPE = scalar('string', '', stringCodec);
const BYTES_SHAPE = scalar('bytes', new Uint8Array(0), bytesCodec);
const RECORDS_SHAPE = scalar('records', new Uint8Array(0), recordsCodec);

/** Fields of these types are never null. */
type PlainOptions<T> = Omit<FieldOptions<T>, 'nullableSince'>;

const plain =
  <T>(shape: Shape) =>
  <const O extends PlainOptions<T> = Record<never, never>>(options?: O): FieldOf<T, T, O> =>
    field<T, T, O>(shape, options);

const sized =
  <T>(shape: Shape) =>
  <const O extends FieldOptions<T | null> = Record<never, never>>(options?: O): FieldOf<T, T, O> =>
    field<T, T, O>(shape, options);

export const boolean = plain<boolean>(BOOLEAN_SHAPE);
export const int8 = plain<number>(INT8_SHAPE);
export const int16 = plain<number>(INT16_SHAPE);
export const uint16 = plain<number>(UINT16_SHAPE);
export const int32 = plain<number>(INT32_SHAPE);
/** A safe integer; what a client sends beyond is clamped. */
export const int64 = plain<number>(INT64_SHAPE);
/** 22 characters of base64url; `NO_UUID` stands for none. */
export const uuid = plain<string>(UUID_SHAPE);
export const string = sized<string>(STRING_SHAPE);
/** Opaque bytes, copied out of the frame. */
export const bytes = sized<Uint8Array>(BYTES_SHAPE);
/** Record batches, a view of the frame; to be sent, they may be in pieces. */
export const records = <const O extends FieldOptions<null> = Record<never, never>>(
  options?: O,
): FieldOf<Uint8Array, RecordBytes, O> => field<Uint8Array, RecordBytes, O>(RECORDS_SHAPE, options);

/** A group of fields; as an array's element or an `object`. */
export interface Struct<F extends Fields = Fields> {
  readonly fields: F;
}

export const struct = <F extends Fields>(fields: F): Struct<F> => ({ fields });

type ElementOut<E> =
  E extends Struct<infer F> ? Decoded<F> : E extends Field<infer Out, unknown> ? Out : never;
type ElementIn<E> =
  E extends Struct<infer F> ? Encodable<F> : E extends Field<unknown, infer In> ? In : never;

export const array = <
  E extends Struct | Field,
  const O extends FieldOptions<readonly never[] | null> = Record<never, never>,
>(
  element: E,
  options?: O,
): FieldOf<readonly ElementOut<E>[], readonly ElementIn<E>[], O> => {
  const shape: Shape = 'fields' in element ? { kind: 'struct', ...element } : element.shape;
  return field({ kind: 'array', element: shape }, options);
};

export const object = <F extends Fields, const O extends FieldOptions<null> = Record<never, never>>(
  { fields }: Struct<F>,
  options?: O,
): FieldOf<Decoded<F>, Encodable<F>, O> => field({ kind: 'struct', fields }, options);
