/** Bytes of one message type. `decode` throws INVALID_REQUEST on bytes that are not one. */
export interface Codec<T> {
  readonly typeName: string;
  encode(message: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

/** A method with one answer. Both ends hold the same object, generated from `proto/`. */
export interface UnaryMethod<Request, Response> {
  readonly kind: 'unary';
  readonly service: string;
  readonly name: string;
  readonly request: Codec<Request>;
  readonly response: Codec<Response>;
}

/** A method with a long-lived stream each way. */
export interface StreamMethod<Up, Down> {
  readonly kind: 'stream';
  readonly service: string;
  readonly name: string;
  readonly up: Codec<Up>;
  readonly down: Codec<Down>;
}

/** `/package.Service/Method`, as gRPC names it. */
export const methodPath = (method: { service: string; name: string }): string =>
  `/${method.service}/${method.name}`;
