import type { OverflowLimits } from '../client/admin/group-types.ts';
import type { BacklogBounds } from '../client/backlog/backlog-core.ts';
import type { LimitOptions } from '../client/backlog/backlog-options.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { formatDuration } from './duration.ts';
import { UsageError } from './failure.ts';
import { printJson, printLine } from './output.ts';

export interface GroupOverflowVerb extends ClusterVerb {
  readonly aboveLag?: number;
  /** Seconds, as all that follow. */
  readonly aboveSeconds?: number;
  readonly belowLag?: number;
  readonly belowSeconds?: number;
  readonly for?: number;
  readonly off?: boolean;
}

const MS_PER_SECOND = 1000;

export const run = async (groupId: string, options: GroupOverflowVerb): Promise<void> => {
  const limits = limitsIn(options);
  await withClient(options, async (client) => {
    const { groups } = client.admin();
    if (limits !== undefined || options.off === true) await groups.overflow(groupId, limits);
    const { overflow } = await groups.sharing(groupId);
    if (options.json === true) return await printJson({ groupId, overflow: overflow ?? null });
    await printLine(`group ${groupId}: ${describeOverflow(overflow)}`);
  });
};

/** Undefined: none were given. */
const limitsIn = (options: GroupOverflowVerb): LimitOptions | undefined => {
  const above = boundsOf(options.aboveLag, options.aboveSeconds);
  const below = boundsOf(options.belowLag, options.belowSeconds);
  const { for: forSeconds, off } = options;
  const hasAbove = Object.keys(above).length > 0;
  const hasMore = Object.keys(below).length > 0 || forSeconds !== undefined;
  if (off === true && (hasAbove || hasMore)) {
    throw new UsageError(
      '--off stands alone: to change a limit give --above-lag or --above-seconds',
    );
  }
  if (!hasAbove) {
    if (!hasMore) return undefined;
    throw new UsageError('above which lag? Give --above-lag, --above-seconds or both as well');
  }
  return {
    above,
    below,
    ...(forSeconds === undefined ? {} : { forMs: forSeconds * MS_PER_SECOND }),
  };
};

const boundsOf = (lagCount: number | undefined, seconds: number | undefined): BacklogBounds => ({
  ...(lagCount === undefined ? {} : { lagCount }),
  ...(seconds === undefined ? {} : { lagMs: seconds * MS_PER_SECOND }),
});

export const describeOverflow = (limits: OverflowLimits | undefined): string => {
  const lane = 'members of the overflow lane get partitions';
  if (limits === undefined) return `${lane} while there are no others`;
  const { above, below, forMs } = limits;
  const until = boundWords(below, 'and');
  return `${lane} above ${boundWords(above, 'or')}, until ${until} or less, for ${formatDuration(forMs)} each`;
};

export const boundWords = ({ lagCount, lagMs }: BacklogBounds, conjunction: string): string =>
  [
    ...(lagCount === undefined ? [] : [`${lagCount} record(s)`]),
    ...(lagMs === undefined ? [] : [formatDuration(lagMs)]),
  ].join(` ${conjunction} `);
