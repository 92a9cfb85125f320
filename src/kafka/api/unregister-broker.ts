import { forward, UNREGISTER_BROKER } from '../../broker/client/admin.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { KafkaContext } from './context.ts';
import { failureOf, wireCode } from './context.ts';

/**
 * UnregisterBroker, 0: passed on to the active controller. One that runs or has replicas is
 * refused as INVALID_REQUEST; Kafka forgets these too.
 */
export const unregisterBrokerHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.unregisterBroker, async ({ body: { brokerId } }) => {
    if (!context.broker.metadata.image.brokers.has(brokerId)) {
      const errorMessage = `broker ${brokerId} is not registered`;
      return { errorCode: wireCode('BROKER_ID_NOT_REGISTERED'), errorMessage };
    }
    try {
      await forward(context.broker, UNREGISTER_BROKER, { request: { brokerId } });
      return { errorCode: 0, errorMessage: null };
    } catch (error) {
      return failureOf(error);
    }
  });
