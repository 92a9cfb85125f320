import { NONE } from '../../base/ids.ts';
import { ProducerIds } from '../../broker/client/producer-ids.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { KafkaContext } from './context.ts';
import { failureOf, wireCode } from './context.ts';

/** What makes an idempotent producer ask again, in every client. */
const COORDINATOR_LOAD_IN_PROGRESS = 14;

/**
 * InitProducerId, 0 to 4, for idempotent producers: a new id with epoch 0, also for one that names
 * the id it had. A `transactional.id` is refused: transactions are not served.
 */
export const initProducerIdHandler = (context: KafkaContext): KafkaHandler => {
  const ids = new ProducerIds(context.broker);
  return serve(APIS.initProducerId, async ({ body }) => {
    if (body.transactionalId !== null) return refused(wireCode('INVALID_REQUEST'));
    try {
      return { errorCode: 0, producerId: await ids.next(), producerEpoch: 0 };
    } catch (error) {
      failureOf(error);
      return refused(COORDINATOR_LOAD_IN_PROGRESS);
    }
  });
};

const refused = (errorCode: number) => ({ errorCode, producerId: NONE, producerEpoch: NONE });
