import { assert } from '../base/assert.ts';

/** A line, or a part of one that is too long to hold. */
export interface LinePiece {
  readonly bytes: Uint8Array;
  /** True for the last piece of its line. */
  readonly endsLine: boolean;
}

const LINE_FEED = 0x0a;

/**
 * Lines of a byte stream, ended by LF alone (a CR stays), without the LF; what follows the last
 * LF is a line unless it is empty. A longer line comes as pieces of exactly `maxPieceBytes` and a
 * last one that may be shorter, so that no line needs more memory than a piece.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxPieceBytes: number,
): AsyncGenerator<LinePiece> {
  assert(maxPieceBytes > 0, 'a piece of a line holds at least one byte');
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  const take = (endsLine: boolean): LinePiece => {
    const bytes = Buffer.concat(held, heldBytes);
    held = [];
    heldBytes = 0;
    return { bytes, endsLine };
  };
  for await (const chunk of chunks) {
    let at = 0;
    while (at < chunk.length) {
      const lineFeed = chunk.indexOf(LINE_FEED, at);
      const end = lineFeed === -1 ? chunk.length : lineFeed;
      while (heldBytes + end - at > maxPieceBytes) {
        const cut = at + maxPieceBytes - heldBytes;
        held.push(chunk.subarray(at, cut));
        heldBytes = maxPieceBytes;
        at = cut;
        yield take(false);
      }
      held.push(chunk.subarray(at, end));
      heldBytes += end - at;
      at = end + 1;
      if (lineFeed !== -1) yield take(true);
    }
  }
  if (heldBytes > 0) yield take(true);
}
