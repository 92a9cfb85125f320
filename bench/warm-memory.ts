import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { undoneAtEnd } from './leavings.ts';

const BYTES = 2_000_000_000;
const PIECE_BYTES = 8_388_608;

/** Megabytes a second that were written into the page cache, once and again. */
export interface WarmUp {
  readonly firstMbPerSecond: number;
  readonly againMbPerSecond: number;
}

/**
 * Writes 2 GB into a file, twice: the memory of a virtual machine costs its first use, which neither
 * system shall pay. The second pass tells what the page cache takes.
 */
export const warmMemory = (bytes = BYTES): WarmUp => {
  const path = join(tmpdir(), `ottla-bench-warm-${process.pid}`);
  const undo = undoneAtEnd(() => rmSync(path, { force: true }));
  const pass = (): number => {
    const piece = Buffer.alloc(PIECE_BYTES, 1);
    const begunMs = performance.now();
    const file = openSync(path, 'w');
    for (let at = 0; at < bytes; at += PIECE_BYTES) writeSync(file, piece);
    closeSync(file);
    return Math.round(bytes / 1000 / (performance.now() - begunMs));
  };
  const [firstMbPerSecond, againMbPerSecond] = [pass(), pass()];
  undo();
  return { firstMbPerSecond, againMbPerSecond };
};
