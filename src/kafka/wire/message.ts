import type { Codec } from './codec.ts';
import { compileStruct } from './compile.ts';
import type { Decoded, Encodable, Fields, Struct } from './field.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { MessageReader } from './message-reader.ts';

/** A request's or response's body in all versions; a version's codec is made at first use. */
export class Message<F extends Fields> {
  readonly fields: F;
  readonly #flexibleSince: number;
  readonly #codecs: Codec<Record<string, unknown>>[] = [];

  constructor({ fields }: Struct<F>, flexibleSince: number) {
    this.fields = fields;
    this.#flexibleSince = flexibleSince;
  }

  /**
   * Reads the body; its record bytes are views of the frame. What is left over behind it is for the
   * caller to judge.
   */
  decode(reader: MessageReader, version: number): Decoded<F> {
    return this.#codec(version).read(reader) as Decoded<F>;
  }

  encode(writer: FrameWriter, version: number, body: Encodable<F>): void {
    this.#codec(version).write(writer, body);
  }

  #codec(version: number): Codec<Record<string, unknown>> {
    const known = this.#codecs[version];
    if (known !== undefined) return known;
    const flexible = version >= this.#flexibleSince;
    const codec = compileStruct(this.fields, { version, flexible });
    this.#codecs[version] = codec;
    return codec;
  }
}
