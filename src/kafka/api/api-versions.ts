import { errorNumber } from '../../base/errors.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import { describeVersions } from '../wire/response.ts';

const SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;
const NAMED_SINCE = 3;

/**
 * ApiVersions, 0 to 4: what else is served, and nothing that is not. From version 3 a client names
 * its software, well formed or not at all. What asks for a version above ours never comes here: it
 * gets an answer in version 0. No features are told: those of transactions change how clients talk.
 */
export const apiVersionsHandler = (others: readonly KafkaHandler[]): KafkaHandler => {
  const apis = [APIS.apiVersions, ...others.map(({ api }) => api)];
  const versions = describeVersions(apis);
  return serve(APIS.apiVersions, ({ apiVersion, body }) => {
    const isNamed =
      SOFTWARE.test(body.clientSoftwareName) && SOFTWARE.test(body.clientSoftwareVersion);
    if (apiVersion >= NAMED_SINCE && !isNamed) {
      return { errorCode: errorNumber('INVALID_REQUEST'), apiKeys: [] };
    }
    return { errorCode: 0, apiKeys: versions };
  });
};
