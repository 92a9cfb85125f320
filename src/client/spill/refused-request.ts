import { OttlaError } from '../../base/errors.ts';
import type { HttpHeaders } from './spilled-request.ts';

/** A request as any server has it. */
export interface RefusedRequest {
  readonly method: string;
  /** Path and query, from the first `/` on. */
  readonly url: string;
  /** Pairs, as of a `Headers`, or an object, as `request.headers` of `node:http`. */
  readonly headers?:
    | Iterable<readonly [string, string]>
    | Readonly<Record<string, string | readonly string[] | undefined>>
    | undefined;
  /** The bytes that came, text as UTF-8. Not what a server made of them. */
  readonly body?: Uint8Array | string | null | undefined;
}

/** What a method and a header's name are made of. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const TARGET = /^\/[\x21-\xff]*$/;
const VALUE = /^[\t\x20-\xff]*$/;

/** Of a connection, or told anew by whoever sends the request again. */
const NOT_OF_THE_REQUEST: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The names in lower case; throws CONFIG for one that no request can be replayed with. */
export const checkedNames = (option: string, names: readonly string[]): readonly string[] => {
  const config = (message: string): OttlaError => new OttlaError('CONFIG', message);
  if (!Array.isArray(names)) throw config(`${option} is no list of names`);
  return names.map((name: unknown) => {
    if (typeof name !== 'string' || !TOKEN.test(name)) {
      throw config(`${option} names ${String(name)}, which no header is called`);
    }
    const lower = name.toLowerCase();
    if (!NOT_OF_THE_REQUEST.has(lower)) return lower;
    throw config(`${option} names ${lower}, which belongs to a connection: leave it out`);
  });
};

const invalid = (message: string): OttlaError => new OttlaError('INVALID_REQUEST', message);

/** Throws INVALID_REQUEST where no request could be sent so. */
export const checkRequestLine = ({ method, url }: RefusedRequest): void => {
  if (typeof method !== 'string' || !TOKEN.test(method)) {
    throw invalid(`${String(method)} is no method of a request`);
  }
  if (typeof url === 'string' && TARGET.test(url)) return;
  throw invalid(`the target of a request is its path and query, from the first / on`);
};

/** The headers of these names, in their order. Throws INVALID_REQUEST for a value of no header. */
export const allowedHeaders = (
  headers: RefusedRequest['headers'],
  allowed: ReadonlySet<string>,
): HttpHeaders => {
  const kept: Array<readonly [string, string]> = [];
  for (const [name, value] of pairsOf(headers ?? [])) {
    const lower = name.toLowerCase();
    if (!allowed.has(lower)) continue;
    if (!VALUE.test(value)) throw invalid(`the header ${lower} has a character that none may have`);
    kept.push([lower, value]);
  }
  return kept;
};

/** Pairs out of `name, value, name, value`. */
export const rawPairs = (raw: readonly string[]): Array<readonly [string, string]> =>
  raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ''] as const] : []));

const isIterable = (headers: object): headers is Iterable<readonly [string, string]> =>
  Symbol.iterator in headers;

const pairsOf = (
  headers: NonNullable<RefusedRequest['headers']>,
): Iterable<readonly [string, string]> => {
  if (isIterable(headers)) return headers;
  return Object.entries(headers).flatMap(([name, value]) => {
    const values = typeof value === 'string' ? [value] : (value ?? []);
    return values.map((text) => [name, text] as const);
  });
};
