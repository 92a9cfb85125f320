import { stateName } from '../../broker/groups/kafka-names.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { KafkaContext } from './context.ts';
import { wireCode } from './context.ts';

const CLASSIC = 'classic';

/**
 * ListGroups, 0 to 5: those that this broker coordinates: clients ask all brokers. Filters of
 * states (4) and types (5) go by their names, in any case.
 */
export const listGroupsHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.listGroups, ({ body }) => {
    const { code, groups } = context.broker.groups.listGroups();
    const passes = (filter: readonly string[], name: string): boolean =>
      filter.length === 0 || filter.some((each) => each.toLowerCase() === name.toLowerCase());
    const listed = groups.map(({ groupId, protocolType, state }) => ({
      groupId,
      protocolType,
      groupState: stateName(state),
      groupType: CLASSIC,
    }));
    return {
      errorCode: wireCode(code),
      groups: listed.filter(
        ({ groupState, groupType }) =>
          passes(body.statesFilter, groupState) && passes(body.typesFilter, groupType),
      ),
    };
  });
