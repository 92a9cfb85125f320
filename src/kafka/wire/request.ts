import type { Api } from './api.ts';
import type { AnyApi } from './apis.ts';
import { APIS, apiOfKey } from './apis.ts';
import { stringCodec } from './codec.ts';
import { decoding } from './decode-error.ts';
import type { Decoded, Encodable, Fields } from './field.ts';
import { beginFrame, finishFrame, HEADER_TAGS } from './frame.ts';
import { FrameWriter } from './frame-writer.ts';
import { MessageReader } from './message-reader.ts';

/** Bytes at the start of every request that decide what becomes of it. */
export const REQUEST_HEAD_BYTES = 8;

export interface RequestHead {
  readonly apiKey: number;
  readonly apiVersion: number;
  /** Chosen by the client; the answer carries it back. */
  readonly correlationId: number;
}

/** Reads the head of a request; `bytes` begin after the frame's size and may end after the head. */
export const readRequestHead = (bytes: Uint8Array): RequestHead => {
  const reader = new MessageReader(bytes);
  return decoding(
    () => 'request head',
    () => ({
      apiKey: reader.readInt16(),
      apiVersion: reader.readInt16(),
      correlationId: reader.readInt32(),
    }),
  );
};

/** What becomes of a request; decided by its head, before the body has arrived. */
export type Route =
  | { readonly kind: 'serve'; readonly api: AnyApi }
  /** To be answered by `encodeUnsupportedVersion`, without a look at the body. */
  | { readonly kind: 'unsupportedApiVersions' }
  /** The connection is to be closed: the protocol has no answer. */
  | { readonly kind: 'refuse'; readonly reason: string };

/** Whether there is a handler for the API is for the server to know. */
export const routeRequest = ({ apiKey, apiVersion }: RequestHead): Route => {
  const api = apiOfKey(apiKey);
  if (api === undefined) return { kind: 'refuse', reason: `API key ${apiKey} is not served` };
  if (apiVersion >= api.minVersion && apiVersion <= api.maxVersion) return { kind: 'serve', api };
  if (apiKey === APIS.apiVersions.key && apiVersion > api.maxVersion) {
    return { kind: 'unsupportedApiVersions' };
  }
  const served = `versions ${api.minVersion} to ${api.maxVersion} are`;
  return { kind: 'refuse', reason: `${api.name} v${apiVersion} is not served, ${served}` };
};

export interface Request<Body> extends RequestHead {
  readonly clientId: string | null;
  readonly body: Body;
}

/** The client id never became compact. */
const CLIENT_ID = stringCodec(false, true);

/**
 * Decodes a request; `bytes` begin after the frame's size and end with the frame, and `api` serves
 * its head. Throws `DecodeError`: the connection is to be closed.
 */
export const decodeRequest = <Q extends Fields, R extends Fields>(
  api: Api<Q, R>,
  bytes: Uint8Array,
): Request<Decoded<Q>> => {
  const head = readRequestHead(bytes);
  const { apiVersion } = head;
  return decoding(
    () => `${api.name} v${apiVersion} request`,
    () => {
      const reader = new MessageReader(bytes, REQUEST_HEAD_BYTES);
      const clientId = CLIENT_ID.read(reader);
      if (apiVersion >= api.flexibleSince) HEADER_TAGS.read(reader);
      // Bytes left over are nobody's, as in Kafka: librdkafka 2.16 asks for all topics in Metadata
      // 12 with a count of four bytes where one is due, and is understood only because of that.
      return { ...head, clientId, body: api.request.decode(reader, apiVersion) };
    },
  );
};

export interface OutgoingRequest<Body> {
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly body: Body;
}

/** The client's side: the frame of a request, its size included, as parts in order. */
export const encodeRequest = <Q extends Fields, R extends Fields>(
  api: Api<Q, R>,
  { apiVersion, correlationId, clientId, body }: OutgoingRequest<Encodable<Q>>,
): Uint8Array[] => {
  const writer = new FrameWriter();
  beginFrame(writer);
  writer.writeInt16(api.key).writeInt16(apiVersion).writeInt32(correlationId);
  CLIENT_ID.write(writer, clientId);
  if (apiVersion >= api.flexibleSince) HEADER_TAGS.write(writer, {});
  api.request.encode(writer, apiVersion, body);
  return finishFrame(writer);
};
