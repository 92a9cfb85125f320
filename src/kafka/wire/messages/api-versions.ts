import type { Decoded, Encodable } from '../field.ts';
import { array, boolean, int16, int32, int64, string, struct } from '../field.ts';

export const apiVersionsRequest = struct({
  clientSoftwareName: string({ since: 3, default: '' }),
  clientSoftwareVersion: string({ since: 3, default: '' }),
});

const apiVersion = struct({
  apiKey: int16(),
  minVersion: int16(),
  maxVersion: int16(),
});

const supportedFeature = struct({
  name: string(),
  minVersion: int16(),
  maxVersion: int16(),
});

const finalizedFeature = struct({
  name: string(),
  maxVersionLevel: int16(),
  minVersionLevel: int16(),
});

export const apiVersionsResponse = struct({
  errorCode: int16(),
  apiKeys: array(apiVersion),
  throttleTimeMs: int32({ since: 1, default: 0 }),
  supportedFeatures: array(supportedFeature, { since: 3, tag: 0 }),
  finalizedFeaturesEpoch: int64({ since: 3, tag: 1, default: -1 }),
  finalizedFeatures: array(finalizedFeature, { since: 3, tag: 2 }),
  zkMigrationReady: boolean({ since: 3, tag: 3 }),
});

export type ApiVersionsRequest = Decoded<typeof apiVersionsRequest.fields>;
export type ApiVersionsResponse = Encodable<typeof apiVersionsResponse.fields>;
