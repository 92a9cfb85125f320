import type { Api } from './api.ts';
import { api } from './api.ts';
import { apiVersionsRequest, apiVersionsResponse } from './messages/api-versions.ts';
import { fetchRequest, fetchResponse } from './messages/fetch.ts';
import { findCoordinatorRequest, findCoordinatorResponse } from './messages/find-coordinator.ts';
import { listOffsetsRequest, listOffsetsResponse } from './messages/list-offsets.ts';
import { metadataRequest, metadataResponse } from './messages/metadata.ts';
import { produceRequest, produceResponse } from './messages/produce.ts';
import { initProducerIdRequest, initProducerIdResponse } from './messages/producers.ts';

/**
 * Every API that can be read and written here, in the versions that clients are told.
 *
 * A handler takes `RequestOf<typeof APIS.fetch>` and answers `ResponseOf<typeof APIS.fetch>`, or
 * the named types of `messages/`. In every version a request has every field: what the version
 * lacks has its default. A response may leave out what has a default, and what the version lacks is
 * dropped, so that one answer serves all versions; only where a name became an id or one became
 * many does a handler look at the version. Names are the protocol's own.
 *
 * `records` are views of the frame on the way in (copy what must outlive it) and are sent from
 * where they lie on the way out (leave them alone until written); other bytes are copies.
 */
export const APIS = {
  produce: api(0, 'Produce', {
    versions: [3, 11],
    // librdkafka before 2.11.1 compresses only for brokers that list version 0.
    advertisedMinVersion: 0,
    flexibleSince: 9,
    request: produceRequest,
    response: produceResponse,
  }),
  fetch: api(1, 'Fetch', {
    versions: [4, 16],
    flexibleSince: 12,
    request: fetchRequest,
    response: fetchResponse,
  }),
  listOffsets: api(2, 'ListOffsets', {
    versions: [1, 9],
    flexibleSince: 6,
    request: listOffsetsRequest,
    response: listOffsetsResponse,
  }),
  metadata: api(3, 'Metadata', {
    versions: [0, 12],
    flexibleSince: 9,
    request: metadataRequest,
    response: metadataResponse,
  }),
  findCoordinator: api(10, 'FindCoordinator', {
    versions: [0, 5],
    flexibleSince: 3,
    request: findCoordinatorRequest,
    response: findCoordinatorResponse,
  }),
  apiVersions: api(18, 'ApiVersions', {
    versions: [0, 4],
    flexibleSince: 3,
    request: apiVersionsRequest,
    response: apiVersionsResponse,
  }),
  initProducerId: api(22, 'InitProducerId', {
    versions: [0, 4],
    flexibleSince: 2,
    request: initProducerIdRequest,
    response: initProducerIdResponse,
  }),
};

/** An API of which only the key is known. */
export type AnyApi = Api;

const BY_KEY: ReadonlyMap<number, AnyApi> = new Map(
  Object.values(APIS).map((known): [number, AnyApi] => [known.key, known as AnyApi]),
);

/** The API of a key, or undefined where none is served. */
export const apiOfKey = (key: number): AnyApi | undefined => BY_KEY.get(key);
