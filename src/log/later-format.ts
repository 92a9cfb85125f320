import { crc32c } from '../base/bytes/crc32c.ts';
import { OttlaError } from '../base/errors.ts';

/**
 * A file of a later release: neither read as something that it is not, nor cut, set aside or
 * written over as damage would be. The start ends here, with the file as it was.
 */
export const laterFormat = (
  path: string,
  { found, known }: { readonly found: number | string; readonly known: number | string },
): OttlaError =>
  new OttlaError(
    'UNSUPPORTED_VERSION',
    `${path} is of format ${found}, this release knows ${known}: start the release that wrote ` +
      'it, or a later one; the file was left as it is',
  );

/**
 * Throws UNSUPPORTED_VERSION for an object that says a later `version`, and whose `crc32c`, its
 * last field, is that of the JSON without it: a turned bit is damage, and no later file.
 */
export const refuseLaterJson = (
  path: string,
  parsed: Readonly<Record<string, unknown>>,
  known: number,
): void => {
  const { crc32c: sum, ...rest } = parsed;
  const { version } = rest;
  if (typeof version !== 'number' || version <= known) return;
  if (sum !== crc32c(Buffer.from(JSON.stringify(rest)))) return;
  throw laterFormat(path, { found: version, known });
};

/**
 * A magic number of four characters, of which the last one is the version, from 1 to 9. One that
 * ends in no digit is the first, and is followed by 2.
 */
export interface Magic {
  readonly magic: number;
  /** Whether the bytes, with the magic that is known here in place, are a sound file. */
  readonly isSound: (patched: Uint8Array) => boolean;
}

const DIGIT_BITS = 8;

/**
 * Throws UNSUPPORTED_VERSION for bytes that begin with the known magic at a later version. A turned
 * bit makes a 1 into a 3, 5 or 9 as well: what is sound but for that is damage, and no later file.
 */
export const refuseLaterMagic = (path: string, bytes: Uint8Array, known: Magic): void => {
  if (bytes.length < 4) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  const isOfKind = magic >>> DIGIT_BITS === known.magic >>> DIGIT_BITS;
  const [digit, knownDigit] = [magic & 0xff, known.magic & 0xff];
  const least = knownDigit <= NINE ? knownDigit : ONE;
  if (!isOfKind || digit <= least || digit > NINE) return;
  const patched = Uint8Array.from(bytes);
  patched[3] = knownDigit;
  if (known.isSound(patched)) return;
  throw laterFormat(path, {
    found: String.fromCharCode(digit),
    known: String.fromCharCode(least),
  });
};

const ONE = 0x31;
const NINE = 0x39;
