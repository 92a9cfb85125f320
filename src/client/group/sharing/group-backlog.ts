import { errorCodeOf } from '../../../base/errors.ts';
import type { Lag } from '../../../base/lag.ts';
import { lagOf } from '../../../base/lag.ts';
import { GroupService } from '../../../gen/ottla.ts';
import { totalLag } from '../../admin/group-lag.ts';
import { askBacklogs } from '../../cluster/backlog.ts';
import type { ClientContext } from '../../context.ts';
import { partitionNumbers } from '../assignors/assignor.ts';
import type { CoordinatorCalls } from '../coordinator-calls.ts';
import { nameOf } from '../partition-sets.ts';

/**
 * How far a whole group is behind in all partitions of these topics, by what it has committed.
 * Throws what keeps the coordinator or a leader from telling.
 */
export const backlogOfGroup = async (
  context: ClientContext,
  calls: CoordinatorCalls,
  {
    partitionCounts,
    signal,
  }: { readonly partitionCounts: ReadonlyMap<string, number>; readonly signal: AbortSignal },
): Promise<Lag> => {
  const { offsets } = await calls.call(GroupService.fetchCommitted, {
    request: { groupId: calls.groupId, all: true, partitions: [] },
    codeOf: ({ errorCode }) => errorCodeOf(errorCode),
    what: 'fetching offsets',
    signal,
  });
  const committed = new Map(offsets.map((each) => [nameOf(each), each.offset]));
  const questions = [...partitionCounts].flatMap(([topic, count]) =>
    partitionNumbers(count).map((partition) => ({
      topic,
      partition,
      nextOffset: committed.get(nameOf({ topic, partition })),
    })),
  );
  const backlogs = await askBacklogs(context, questions, { signal });
  const lags = backlogs.map((backlog, at) => lagOf(questions[at]?.nextOffset, backlog));
  const { lagCount, maxLagMs } = totalLag(lags);
  return { lagCount, lagMs: lags.length === 0 ? 0 : maxLagMs };
};
