import type { DegradeOptions } from '../client/degrade/degrade.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { formatDuration } from './duration.ts';
import { UsageError } from './failure.ts';
import { printJson, printLine } from './output.ts';

export interface GroupDegradeVerb extends ClusterVerb {
  /** Seconds. */
  readonly skipOlderThan?: number;
  readonly sample?: number;
  readonly pause?: boolean;
  readonly off?: boolean;
}

const MS_PER_SECOND = 1000;

export const run = async (groupId: string, options: GroupDegradeVerb): Promise<void> => {
  const { skipOlderThan, sample, pause, off } = options;
  const isNamed = skipOlderThan !== undefined || sample !== undefined || pause === true;
  if (isNamed && off === true) throw new UsageError('--off stands alone: it ends all the others');
  await withClient(options, async (client) => {
    const { groups } = client.admin();
    if (isNamed || off === true) {
      const skipOlderThanMs =
        skipOlderThan === undefined ? undefined : skipOlderThan * MS_PER_SECOND;
      await groups.degrade(groupId, { skipOlderThanMs, sample, pause });
    }
    const degraded = await groups.degraded(groupId);
    if (options.json === true) return await printJson({ groupId, ...degraded });
    await printLine(`group ${groupId}: ${describeDegrade(degraded)}`);
  });
};

export const describeDegrade = ({ skipOlderThanMs, sample, pause }: DegradeOptions): string => {
  const parts = [
    ...(pause === true ? ['handles nothing'] : []),
    ...(skipOlderThanMs === undefined
      ? []
      : [`skips what is older than ${formatDuration(skipOlderThanMs)}`]),
    ...(sample === undefined ? [] : [`handles a sample of ${sample}`]),
  ];
  return parts.length === 0 ? 'leaves nothing out' : parts.join(', ');
};
