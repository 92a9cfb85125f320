const HALF_OF_THE_BYTES = 0.5;

/** Half random, so that neither compression nor an all-zero page flatters the result. */
export const payload = (sizeBytes: number): Uint8Array => {
  const bytes = Buffer.alloc(sizeBytes, 'a');
  for (let at = 0; at < sizeBytes * HALF_OF_THE_BYTES; at += 1) {
    bytes[at] = Math.floor(Math.random() * 256);
  }
  return bytes;
};
