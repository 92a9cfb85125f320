import type { Decoded, Encodable } from '../field.ts';
import { array, bytes, int16, int64, string, struct } from '../field.ts';

/** After version 0 tokens follow as bare frames, after version 1 in SaslAuthenticate. */
export const saslHandshakeRequest = struct({
  mechanism: string(),
});

export const saslHandshakeResponse = struct({
  errorCode: int16(),
  mechanisms: array(string()),
});

export const saslAuthenticateRequest = struct({
  authBytes: bytes(),
});

export const saslAuthenticateResponse = struct({
  errorCode: int16(),
  errorMessage: string({ nullableSince: 0, default: null }),
  authBytes: bytes(),
  sessionLifetimeMs: int64({ since: 1, default: 0 }),
});

export type SaslHandshakeRequest = Decoded<typeof saslHandshakeRequest.fields>;
export type SaslHandshakeResponse = Encodable<typeof saslHandshakeResponse.fields>;
export type SaslAuthenticateRequest = Decoded<typeof saslAuthenticateRequest.fields>;
export type SaslAuthenticateResponse = Encodable<typeof saslAuthenticateResponse.fields>;
