import { crc32c } from '../base/bytes/crc32c.ts';
import { laterFormat } from './later-format.ts';

/**
 * Small files as lines of text under a checksum: readable with `cat`, and any changed byte is seen.
 *
 *     ottla <kind> 1
 *     <line>
 *     ...
 *     crc32c <8 hex digits over all bytes before this line>
 */
const VERSION = 1;
const CRC_LABEL = 'crc32c ';

const headLine = (kind: string): string => `ottla ${kind} ${VERSION}`;
const hex = (crc: number): string => crc.toString(16).padStart(8, '0');

export const encodeCheckedText = (kind: string, lines: readonly string[]): Uint8Array => {
  const body = [headLine(kind), ...lines, ''].join('\n');
  const sum = crc32c(Buffer.from(body, 'utf8'));
  return Buffer.from(`${body}${CRC_LABEL}${hex(sum)}\n`, 'utf8');
};

/**
 * The lines, or `undefined` when a byte is wrong, missing or added, or the kind is another. Throws
 * UNSUPPORTED_VERSION for a whole file of a later version: all of them end in the same checksum.
 */
export const decodeCheckedText = (
  kind: string,
  bytes: Uint8Array,
  path: string,
): string[] | undefined => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tailBytes = CRC_LABEL.length + 9;
  const bodyBytes = text.length - tailBytes;
  if (bodyBytes <= 0) return undefined;
  const body = text.subarray(0, bodyBytes);
  if (text.toString('latin1', bodyBytes) !== `${CRC_LABEL}${hex(crc32c(body))}\n`) return undefined;
  const [head, ...lines] = body.toString('utf8').split('\n');
  refuseLaterHead(kind, head ?? '', path);
  if (head !== headLine(kind) || lines.pop() !== '') return undefined;
  return lines;
};

const refuseLaterHead = (kind: string, head: string, path: string): void => {
  const version = Number(head.startsWith(`ottla ${kind} `) ? head.split(' ').at(-1) : Number.NaN);
  if (Number.isSafeInteger(version) && version > VERSION) {
    throw laterFormat(path, { found: version, known: VERSION });
  }
};

/** Whole non-negative numbers of a line of `count` fields, or `undefined`. */
export const parseNumbers = (line: string, count: number): number[] | undefined => {
  const fields = line.split(' ');
  const numbers = fields.map(Number);
  const isSound = (field: string, index: number): boolean =>
    /^\d+$/.test(field) && Number.isSafeInteger(numbers[index]);
  return fields.length === count && fields.every(isSound) ? numbers : undefined;
};
