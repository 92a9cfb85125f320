import type { Encodable } from '../field.ts';
import { int16, int32, string, struct } from '../field.ts';

export const unregisterBrokerRequest = struct({ brokerId: int32() });

export const unregisterBrokerResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  errorMessage: string({ nullableSince: 0 }),
});

export type UnregisterBrokerResponse = Encodable<typeof unregisterBrokerResponse.fields>;
