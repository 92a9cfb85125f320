import { errorNumber } from '../../base/errors.ts';
import { NONE } from '../../base/ids.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import {
  METADATA_VERSION_FEATURE,
  METADATA_VERSION_MAX,
  METADATA_VERSION_MIN,
} from '../../metadata/versions.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import { describeVersions } from '../wire/response.ts';
import type { KafkaContext } from './context.ts';

const supported = [
  {
    name: METADATA_VERSION_FEATURE,
    minVersion: METADATA_VERSION_MIN,
    maxVersion: METADATA_VERSION_MAX,
  },
];

/** The epoch only has to rise with what is finalised: the index of the image does. */
const featuresOf = ({ index, metadataVersion: level }: MetadataImage) => ({
  supportedFeatures: supported,
  finalizedFeaturesEpoch: level === 0 ? NONE : index,
  finalizedFeatures:
    level === 0
      ? []
      : [{ name: METADATA_VERSION_FEATURE, maxVersionLevel: level, minVersionLevel: level }],
});

const SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;
const NAMED_SINCE = 3;

/**
 * ApiVersions, 0 to 4: what else is served, and nothing that is not. From version 3 a client names
 * its software, well formed or not at all. What asks for a version above ours never comes here: it
 * gets an answer in version 0. Of features `metadata.version` is told, as tools show it; none of
 * transactions, which change how clients talk.
 */
export const apiVersionsHandler = (
  context: Pick<KafkaContext, 'broker'>,
  others: readonly KafkaHandler[],
): KafkaHandler => {
  const apis = [APIS.apiVersions, ...others.map(({ api }) => api)];
  const versions = describeVersions(apis);
  return serve(APIS.apiVersions, ({ apiVersion, body }) => {
    const isNamed =
      SOFTWARE.test(body.clientSoftwareName) && SOFTWARE.test(body.clientSoftwareVersion);
    if (apiVersion >= NAMED_SINCE && !isNamed) {
      return { errorCode: errorNumber('INVALID_REQUEST'), apiKeys: [] };
    }
    return { errorCode: 0, apiKeys: versions, ...featuresOf(context.broker.metadata.image) };
  });
};
