/**
 * Messages pass gRPC as the bytes that our own codecs made: these stand where it expects a
 * serializer. It wants a Buffer; a plain array is viewed as one, not copied.
 */
export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

export const asBytes = (bytes: Buffer): Uint8Array => bytes;
