import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnyApi } from '../../../../src/kafka/wire/apis.ts';
import { APIS } from '../../../../src/kafka/wire/apis.ts';
import { decodeRequest, encodeRequest } from '../../../../src/kafka/wire/request.ts';
import { decodeResponse, encodeResponse } from '../../../../src/kafka/wire/response.ts';
import { arbitraryBody, arbitraryText } from './arbitrary-body.ts';

const SIZE_BYTES = 4;
const RUNS = { numRuns: 20 };

const withoutSize = (parts: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat(parts).subarray(SIZE_BYTES);

const servedVersions = ({ minVersion, maxVersion }: AnyApi): number[] =>
  Array.from({ length: maxVersion - minVersion + 1 }, (_, index) => minVersion + index);

describe.each(Object.values(APIS) as AnyApi[])('$name', (api) => {
  it.each(servedVersions(api))('v%i requests come back as they were sent', (apiVersion) => {
    fc.assert(
      fc.property(
        arbitraryBody(api.request.fields, apiVersion),
        fc.option(arbitraryText()),
        (body, clientId) => {
          const sent = { apiVersion, correlationId: -1, clientId, body };

          const received = decodeRequest(api, withoutSize(encodeRequest(api, sent)));

          expect(received).toEqual({ ...sent, apiKey: api.key });
        },
      ),
      RUNS,
    );
  });

  it.each(servedVersions(api))('v%i responses come back as they were sent', (apiVersion) => {
    fc.assert(
      fc.property(
        arbitraryBody(api.response.fields, apiVersion),
        fc.integer(),
        (body, correlationId) => {
          const parts = encodeResponse(api, { apiVersion, correlationId }, body);

          const received = decodeResponse(api, apiVersion, withoutSize(parts));

          expect(received).toEqual({ correlationId, body });
        },
      ),
      RUNS,
    );
  });
});
