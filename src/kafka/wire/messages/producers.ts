import type { Decoded, Encodable } from '../field.ts';
import { int16, int32, int64, string, struct } from '../field.ts';

export const initProducerIdRequest = struct({
  transactionalId: string({ nullableSince: 0, default: null }),
  transactionTimeoutMs: int32(),
  producerId: int64({ since: 3, default: -1 }),
  producerEpoch: int16({ since: 3, default: -1 }),
});

export const initProducerIdResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  producerId: int64({ default: -1 }),
  producerEpoch: int16({ default: -1 }),
});

export type InitProducerIdRequest = Decoded<typeof initProducerIdRequest.fields>;
export type InitProducerIdResponse = Encodable<typeof initProducerIdResponse.fields>;
