/**
 * A copy with memory of its own. `bytes.slice()` is none where the bytes are a Buffer: that one's
 * `slice` gives a view.
 */
export const copyBytes = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);
