import { writeSync } from 'node:fs';

/** Writes until the disk is full. */
export const fillWith = (file: number, chunk: Uint8Array): void => {
  try {
    for (;;) writeSync(file, chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
};
