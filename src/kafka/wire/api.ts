import type { Decoded, Encodable, Fields, Struct } from './field.ts';
import { Message } from './message.ts';

/** An API of the protocol: a key, the versions served, and both of its messages. */
export interface Api<Q extends Fields = Fields, R extends Fields = Fields> {
  readonly key: number;
  readonly name: string;
  /** First and last version that can be decoded here, both inclusive. */
  readonly minVersion: number;
  readonly maxVersion: number;
  /** First version told to clients; below `minVersion` only where old clients look for it. */
  readonly advertisedMinVersion: number;
  /** First version with compact lengths, tagged sections and the longer headers. */
  readonly flexibleSince: number;
  readonly request: Message<Q>;
  readonly response: Message<R>;
}

/** What a handler is given. */
export type RequestOf<A> = A extends Api<infer Q, infer _> ? Decoded<Q> : never;
/** What a handler answers; fields with a default may be left out. */
export type ResponseOf<A> = A extends Api<infer _, infer R> ? Encodable<R> : never;

interface ApiSpec<Q extends Fields, R extends Fields> {
  /** First and last version served. */
  readonly versions: readonly [number, number];
  readonly flexibleSince: number;
  readonly advertisedMinVersion?: number;
  readonly request: Struct<Q>;
  readonly response: Struct<R>;
}

/** For APIs that never got compact encodings. */
export const NEVER: number = Number.POSITIVE_INFINITY;

export const api = <Q extends Fields, R extends Fields>(
  key: number,
  name: string,
  spec: ApiSpec<Q, R>,
): Api<Q, R> => ({
  key,
  name,
  minVersion: spec.versions[0],
  maxVersion: spec.versions[1],
  advertisedMinVersion: spec.advertisedMinVersion ?? spec.versions[0],
  flexibleSince: spec.flexibleSince,
  request: new Message(spec.request, spec.flexibleSince),
  response: new Message(spec.response, spec.flexibleSince),
});
