import type { CoordinatorPlace } from '../../broker/groups/groups.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { FindCoordinatorResponse } from '../wire/messages/find-coordinator.ts';
import type { KafkaContext } from './context.ts';
import { textOrNull, wireCode } from './context.ts';
import { endpointsOf } from './endpoints.ts';

const GROUP_TYPE = 0;
const TRANSACTION_TYPE = 1;
const MANY_SINCE = 4;
/** TRANSACTIONAL_ID_AUTHORIZATION_FAILED. */
const DENIED = 53;
/**
 * librdkafka, which asks in these versions, ends at no other code and shows the message with it;
 * Java, which asks in later ones, shows the message with any code but that.
 */
const ENDED_BY_DENIAL_UNTIL = 2;

type Coordinator = NonNullable<FindCoordinatorResponse['coordinators']>[number];

/**
 * FindCoordinator, 0 to 5: the broker that coordinates a group, from version 4 on of several. Any
 * broker answers. At first use the answer waits until `__consumer_offsets` is made. Transactions
 * are refused.
 */
export const findCoordinatorHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.findCoordinator, async ({ apiVersion, body }) => {
    const keys = apiVersion < MANY_SINCE ? [body.key] : body.coordinatorKeys;
    const coordinators = await Promise.all(
      keys.map((key) =>
        body.keyType === GROUP_TYPE
          ? find(context, key)
          : refusalOf({ key, keyType: body.keyType, apiVersion }),
      ),
    );
    const { key: _, ...first } = coordinators[0] ?? NOWHERE;
    return apiVersion < MANY_SINCE ? first : { coordinators };
  });

const find = async (context: KafkaContext, key: string): Promise<Coordinator> => {
  const place = await context.broker.groups.findCoordinator(key);
  const [endpoint] = endpointsOf(context.broker.metadata.image, [place.brokerId]);
  if (place.code !== 'NONE' || endpoint === undefined) return { ...NOWHERE, key, ...whyOf(place) };
  const { nodeId, host, port } = endpoint;
  return { key, nodeId, host, port, errorCode: 0, errorMessage: null };
};

const NOWHERE = { key: '', nodeId: -1, host: '', port: -1, errorCode: 0, errorMessage: null };

/**
 * A coordinator without a Kafka listener is there for other clients only. Whatever the reason, the
 * code is the one that clients wait at.
 */
const whyOf = ({ code, message, brokerId }: CoordinatorPlace) => ({
  errorCode: wireCode('COORDINATOR_NOT_AVAILABLE'),
  errorMessage:
    code === 'NONE' ? `broker ${brokerId} has no Kafka listener now` : textOrNull(message),
});

interface Refused {
  readonly key: string;
  readonly keyType: number;
  readonly apiVersion: number;
}

const refusalOf = ({ key, keyType, apiVersion }: Refused): Coordinator => ({
  ...NOWHERE,
  key,
  ...(keyType === TRANSACTION_TYPE
    ? {
        errorCode: apiVersion <= ENDED_BY_DENIAL_UNTIL ? DENIED : wireCode('INVALID_REQUEST'),
        errorMessage: 'transactions are not served: leave out transactional.id',
      }
    : {
        errorCode: wireCode('INVALID_REQUEST'),
        errorMessage: `there is no coordinator of type ${keyType} here`,
      }),
});
