import { assert } from '../../base/assert.ts';
import type { Codec } from './codec.ts';
import { arrayCodec } from './codec.ts';
import { DecodeError } from './decode-error.ts';
import type { Field, Fields, Shape } from './field.ts';
import { defaultsOf } from './field.ts';
import { FrameWriter } from './frame-writer.ts';
import type { MessageReader } from './message-reader.ts';

/** A version of a message, and whether it has compact lengths and tagged sections. */
export interface Dialect {
  readonly version: number;
  readonly flexible: boolean;
}

type Values = Record<string, unknown>;

interface Slot {
  readonly name: string;
  readonly field: Field;
  readonly codec: Codec;
}

/** Makes the codec of a struct in one version: once, after which no version is compared. */
export const compileStruct = (fields: Fields, dialect: Dialect): Codec<Values> => {
  const { version, flexible } = dialect;
  const present = Object.entries(fields)
    .filter(([, field]) => field.since <= version && version <= field.until)
    .map(([name, field]) => ({ name, field, codec: compileField(field, dialect) }));
  const plain = present.filter(({ field }) => field.tag === undefined);
  const tags = flexible
    ? new TagSection(present.filter(({ field }) => field.tag !== undefined))
    : undefined;
  const template = defaultsOf(fields);
  return {
    minBytes: plain.reduce((sum, { codec }) => sum + codec.minBytes, flexible ? 1 : 0),
    read: (reader) => {
      // Copying the template gives every message of the kind one hidden class.
      const values: Values = { ...template };
      for (const { name, codec } of plain) values[name] = codec.read(reader);
      tags?.read(reader, values);
      return values;
    },
    write: (writer, values) => {
      for (const { name, field, codec } of plain) {
        const value = values[name];
        codec.write(writer, value === undefined ? field.default : value);
      }
      tags?.write(writer, values);
    },
  };
};

const compileField = (field: Field, dialect: Dialect): Codec =>
  compileShape(field.shape, dialect, field.nullableSince <= dialect.version);

const compileShape = (shape: Shape, dialect: Dialect, nullable: boolean): Codec => {
  switch (shape.kind) {
    case 'scalar':
      return shape.codec(dialect.flexible, nullable);
    case 'array': {
      const element = compileShape(shape.element, dialect, false);
      return arrayCodec(element, dialect.flexible, nullable) as Codec;
    }
    case 'struct': {
      const codec = compileStruct(shape.fields, dialect) as Codec;
      return nullable ? nullableStruct(codec) : codec;
    }
  }
};

/** A struct that may be null has a byte before it: 1, or -1 for null. */
const nullableStruct = (codec: Codec): Codec => ({
  minBytes: 1,
  read: (reader) => (reader.readInt8() < 0 ? null : codec.read(reader)),
  write: (writer, value) => {
    writer.writeInt8(value === null ? -1 : 1);
    if (value !== null) codec.write(writer, value);
  },
});

/** A tag and a size take at least a byte each. */
const TAGGED_FIELD_MIN_BYTES = 2;

/** The section that ends every struct of a flexible version: fields by number, with their sizes. */
class TagSection {
  /** In the order of their tags. */
  readonly #slots: readonly Slot[];
  readonly #byTag: ReadonlyMap<number, Slot>;

  constructor(slots: readonly Slot[]) {
    this.#slots = slots.toSorted((a, b) => tagOf(a) - tagOf(b));
    this.#byTag = new Map(this.#slots.map((slot) => [tagOf(slot), slot]));
  }

  read(reader: MessageReader, values: Values): void {
    const count = reader.readUvarint();
    if (count === 0) return;
    reader.expectElements(count, TAGGED_FIELD_MIN_BYTES);
    let previousTag = -1;
    for (let index = 0; index < count; index += 1) {
      const tag = reader.readUvarint();
      if (tag <= previousTag) {
        throw new DecodeError(
          `tag ${tag} follows tag ${previousTag} before byte ${reader.position}`,
        );
      }
      previousTag = tag;
      this.#readField(tag, reader, values);
    }
  }

  #readField(tag: number, reader: MessageReader, values: Values): void {
    const sizeBytes = reader.readUvarint();
    const slot = this.#byTag.get(tag);
    if (slot === undefined) {
      reader.skip(sizeBytes);
      return;
    }
    const end = reader.position + sizeBytes;
    values[slot.name] = slot.codec.read(reader);
    if (reader.position !== end) {
      throw new DecodeError(`tagged field ${tag} (${slot.name}) does not end at byte ${end}`);
    }
  }

  write(writer: FrameWriter, values: Values): void {
    let toldCount = 0;
    for (const slot of this.#slots) if (isTold(slot, values)) toldCount += 1;
    writer.writeUvarint(toldCount);
    if (toldCount === 0) return;
    for (const slot of this.#slots) {
      if (!isTold(slot, values)) continue;
      const content = new FrameWriter();
      slot.codec.write(content, values[slot.name]);
      writer.writeUvarint(tagOf(slot)).writeUvarint(content.sizeBytes);
      writer.writeAll(content);
    }
  }
}

const tagOf = ({ field }: Slot): number => {
  assert(field.tag !== undefined, 'a slot of the tagged section has a tag');
  return field.tag;
};

const isTold = ({ name, field }: Slot, values: Values): boolean => {
  const value = values[name];
  return value !== undefined && !isDefault(field, value);
};

const isDefault = (field: Field, value: unknown): boolean => {
  if (value === field.default) return true;
  if (value === null || field.default === null) return false;
  switch (field.shape.kind) {
    case 'scalar':
      return false;
    case 'array':
      return (value as readonly unknown[]).length === 0;
    case 'struct': {
      const values = value as Values;
      return Object.entries(field.shape.fields).every(
        ([name, inner]) => values[name] === undefined || isDefault(inner, values[name]),
      );
    }
  }
};
