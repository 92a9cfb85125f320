/** Bytes of one message type. `decode` throws INVALID_REQUEST on bytes that are not one. */
export interface Codec<T> {
  readonly typeName: string;
  encode(message: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}
