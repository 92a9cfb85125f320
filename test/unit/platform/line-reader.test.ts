import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines } from '../../../src/platform/line-reader.ts';

const chunksOf = async function* (chunks: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield new TextEncoder().encode(chunk);
};

const piecesOf = async (chunks: readonly string[], maxPieceBytes: number): Promise<string[]> => {
  const pieces: string[] = [];
  for await (const piece of readLines(chunksOf(chunks), maxPieceBytes)) {
    pieces.push(`${Buffer.from(piece.bytes).toString()}${piece.endsLine ? '$' : ''}`);
  }
  return pieces;
};

describe('reading lines', () => {
  it.each([
    ['ends lines at LF', ['a\nb\n'], ['a$', 'b$']],
    ['joins a line over chunks', ['a', 'b', '\nc'], ['ab$', 'c$']],
    ['keeps empty lines', ['\n\na\n'], ['$', '$', 'a$']],
    ['keeps a CR', ['a\r\n'], ['a\r$']],
    ['takes a last line without LF', ['a\nb'], ['a$', 'b$']],
    ['gives nothing for no input', [], []],
    ['cuts a long line', ['abcdefg\nh\n'], ['abc', 'def', 'g$', 'h$']],
    ['does not cut a line of just the limit', ['abc\n', 'abc', '\n'], ['abc$', 'abc$']],
  ])('%s', async (_claim, chunks, pieces) => {
    expect(await piecesOf(chunks, 3)).toEqual(pieces);
  });

  it('gives back the input whatever the chunks and the limit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r') })),
        fc.integer({ min: 1, max: 5 }),
        async (chunks, maxPieceBytes) => {
          const pieces = await piecesOf(chunks, maxPieceBytes);
          const input = chunks.join('');
          const whole = pieces.join('').replaceAll('$', '\n');
          expect(whole).toBe(input === '' || input.endsWith('\n') ? input : `${input}\n`);
        },
      ),
    );
  });
});
