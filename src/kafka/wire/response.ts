import { errorNumber } from '../../base/errors.ts';
import type { Api } from './api.ts';
import { APIS } from './apis.ts';
import { DecodeError, decoding } from './decode-error.ts';
import type { Decoded, Encodable, Fields } from './field.ts';
import { beginFrame, finishFrame, HEADER_TAGS } from './frame.ts';
import { FrameWriter } from './frame-writer.ts';
import { MessageReader } from './message-reader.ts';

/** A client that asks for versions cannot know yet how headers look: there it is the old one. */
const hasHeaderTags = (api: Api, apiVersion: number): boolean =>
  apiVersion >= api.flexibleSince && api.key !== APIS.apiVersions.key;

/** What a response repeats of its request. */
export interface Correlation {
  readonly apiVersion: number;
  readonly correlationId: number;
}

/**
 * The frame of a response, its size included, as parts to be written in order. Parts may be the
 * record bytes of `body` themselves: they stay as they are until the socket has taken them.
 */
export const encodeResponse = <Q extends Fields, R extends Fields>(
  api: Api<Q, R>,
  { apiVersion, correlationId }: Correlation,
  body: Encodable<R>,
): Uint8Array[] => {
  const writer = new FrameWriter();
  beginFrame(writer);
  writer.writeInt32(correlationId);
  if (hasHeaderTags(api as Api, apiVersion)) HEADER_TAGS.write(writer, {});
  api.response.encode(writer, apiVersion, body);
  return finishFrame(writer);
};

/**
 * The answer to an ApiVersions request of a version above ours: version 0, an error, and our
 * versions of ApiVersions, with which the client asks again.
 */
export const encodeUnsupportedVersion = (correlationId: number): Uint8Array[] =>
  encodeResponse(
    APIS.apiVersions,
    { apiVersion: 0, correlationId },
    {
      errorCode: errorNumber('UNSUPPORTED_VERSION'),
      apiKeys: describeVersions([APIS.apiVersions]),
    },
  );

/** What ApiVersions lists for the APIs that a server has handlers for. */
export const describeVersions = (
  apis: readonly Pick<Api, 'key' | 'advertisedMinVersion' | 'maxVersion'>[],
): { apiKey: number; minVersion: number; maxVersion: number }[] =>
  apis
    .map(({ key, advertisedMinVersion, maxVersion }) => ({
      apiKey: key,
      minVersion: advertisedMinVersion,
      maxVersion,
    }))
    .toSorted((a, b) => a.apiKey - b.apiKey);

export interface Response<Body> {
  readonly correlationId: number;
  readonly body: Body;
}

/**
 * The client's side: decodes a response; `bytes` begin after the frame's size and end with the
 * frame. Throws `DecodeError`.
 */
export const decodeResponse = <Q extends Fields, R extends Fields>(
  api: Api<Q, R>,
  apiVersion: number,
  bytes: Uint8Array,
): Response<Decoded<R>> =>
  decoding(
    () => `${api.name} v${apiVersion} response`,
    () => {
      const reader = new MessageReader(bytes);
      const correlationId = reader.readInt32();
      if (hasHeaderTags(api as Api, apiVersion)) HEADER_TAGS.read(reader);
      const body = api.response.decode(reader, apiVersion);
      if (reader.remainingBytes > 0) {
        throw new DecodeError(`${reader.remainingBytes} bytes are left over after the body`);
      }
      return { correlationId, body };
    },
  );
