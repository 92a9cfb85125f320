import fc from 'fast-check';
import type { Field, Fields, ScalarType, Shape } from '../../../../src/kafka/wire/field.ts';

type Body = Record<string, unknown>;

/** Names that a careless map would trip over are as likely as any text. */
export const arbitraryText = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('__proto__', 'constructor', 'hasOwnProperty', 'orders'),
  );

const SAFE_INTEGER = {
  min: Number.MIN_SAFE_INTEGER,
  max: Number.MAX_SAFE_INTEGER,
};

/** Long enough, now and then, to be sent as a view. */
const arbitraryBytes = (): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    { weight: 9, arbitrary: fc.uint8Array({ maxLength: 20 }) },
    { weight: 1, arbitrary: fc.constant(new Uint8Array(3000).fill(1)) },
  );

const SCALARS: Record<ScalarType, () => fc.Arbitrary<unknown>> = {
  boolean: () => fc.boolean(),
  int8: () => fc.integer({ min: -0x80, max: 0x7f }),
  int16: () => fc.integer({ min: -0x8000, max: 0x7fff }),
  uint16: () => fc.integer({ min: 0, max: 0xffff }),
  int32: () => fc.integer(),
  int64: () => fc.integer(SAFE_INTEGER),
  uuid: () =>
    fc
      .uint8Array({ minLength: 16, maxLength: 16 })
      .map((bytes) => Buffer.from(bytes).toString('base64url')),
  string: arbitraryText,
  bytes: arbitraryBytes,
  records: arbitraryBytes,
};

/** Any body of a version; fields that the version lacks have their defaults. */
export const arbitraryBody = (fields: Fields, version: number): fc.Arbitrary<Body> =>
  fc.record(
    Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [name, arbitraryField(field, version)]),
    ),
    { noNullPrototype: true },
  );

const arbitraryField = (field: Field, version: number): fc.Arbitrary<unknown> => {
  if (version < field.since || version > field.until) return fc.constant(field.default);
  const value = arbitraryShape(field.shape, version);
  return version >= field.nullableSince ? fc.option(value) : value;
};

const arbitraryShape = (shape: Shape, version: number): fc.Arbitrary<unknown> => {
  switch (shape.kind) {
    case 'scalar':
      return SCALARS[shape.type]();
    case 'array':
      return fc.array(arbitraryShape(shape.element, version), { maxLength: 3 });
    case 'struct':
      return arbitraryBody(shape.fields, version);
  }
};
