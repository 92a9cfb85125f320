import { OttlaError } from '../../base/errors.ts';

/** An item in bytes. */
export interface StoredItem {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

/** What no text begins with, and no protobuf or JSON: `\0ottla`, 0, and the version. */
const MAGIC = Uint8Array.of(0, 0x6f, 0x74, 0x74, 0x6c, 0x61, 0, 1);
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;

export const itemBytes = ({ key, value }: StoredItem): number =>
  2 * LENGTH_BYTES + (key?.length ?? 0) + (value?.length ?? 0);

/**
 * The items one after the other: key, then value, each as a length (int32, big-endian, -1: null)
 * and its bytes. The bytes are copied.
 */
export const encodeItems = (items: readonly StoredItem[]): Uint8Array => {
  const sizeBytes = items.reduce((sum, item) => sum + itemBytes(item), MAGIC.length);
  const target = Buffer.alloc(sizeBytes);
  target.set(MAGIC);
  let at = MAGIC.length;
  for (const { key, value } of items) {
    for (const field of [key, value]) {
      at = target.writeInt32BE(field?.length ?? NULL_LENGTH, at);
      if (field === null) continue;
      target.set(field, at);
      at += field.length;
    }
  }
  return target;
};

/** Undefined: it is no aggregate. Throws SERIALIZATION for one that is cut or damaged. */
export const decodeItems = (bytes: Uint8Array): StoredItem[] | undefined => {
  if (!MAGIC.every((byte, at) => bytes[at] === byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const items: StoredItem[] = [];
  let at = MAGIC.length;
  const field = (): Uint8Array | null => {
    if (at + LENGTH_BYTES > bytes.length) throw cut(at);
    const length = view.getInt32(at);
    at += LENGTH_BYTES;
    if (length === NULL_LENGTH) return null;
    if (length < 0 || at + length > bytes.length) throw cut(at);
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) items.push({ key: field(), value: field() });
  return items;
};

const cut = (at: number): OttlaError =>
  new OttlaError('SERIALIZATION', `is an aggregate that is cut or damaged at byte ${at}`);
