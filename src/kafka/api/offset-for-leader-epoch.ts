import { errorCodeOf } from '../../base/errors.ts';
import { lookUpEpoch } from '../../broker/client/list-offsets.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { KafkaContext } from './context.ts';
import { codeByName, refuseFollower, topicIdNamed, wireCode } from './context.ts';

/** OffsetForLeaderEpoch, 2 to 4: where an epoch ends in the leader's log, for consumers only. */
export const offsetForLeaderEpochHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.offsetForLeaderEpoch, ({ body }) => {
    refuseFollower(body.replicaId);
    const topics = body.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map((asked) => {
        const topicId = topicIdNamed(context, topic);
        const answer = lookUpEpoch(context.broker, { ...asked, topicId });
        const { partition, leaderEpoch, endOffset, errorCode } = answer;
        return {
          partition,
          leaderEpoch,
          endOffset,
          errorCode: wireCode(codeByName(errorCodeOf(errorCode))),
        };
      }),
    }));
    return { topics };
  });
