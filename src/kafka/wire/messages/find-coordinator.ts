import type { Decoded, Encodable } from '../field.ts';
import { array, int8, int16, int32, string, struct } from '../field.ts';

export const findCoordinatorRequest = struct({
  key: string({ until: 3, default: '' }),
  /** 0 a group, 1 a transactional id. */
  keyType: int8({ since: 1, default: 0 }),
  coordinatorKeys: array(string(), { since: 4, default: [] }),
});

const coordinator = struct({
  key: string(),
  nodeId: int32(),
  host: string(),
  port: int32(),
  errorCode: int16(),
  errorMessage: string({ nullableSince: 0, default: null }),
});

/** One coordinator beside the envelope up to version 3, a list of them after it. */
export const findCoordinatorResponse = struct({
  throttleTimeMs: int32({ since: 1, default: 0 }),
  errorCode: int16({ until: 3, default: 0 }),
  errorMessage: string({ since: 1, until: 3, nullableSince: 0, default: null }),
  nodeId: int32({ until: 3, default: -1 }),
  host: string({ until: 3, default: '' }),
  port: int32({ until: 3, default: -1 }),
  coordinators: array(coordinator, { since: 4, default: [] }),
});

export type FindCoordinatorRequest = Decoded<typeof findCoordinatorRequest.fields>;
export type FindCoordinatorResponse = Encodable<typeof findCoordinatorResponse.fields>;
