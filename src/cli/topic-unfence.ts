import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { describeFence } from './fence-text.ts';
import { printLine } from './output.ts';

export interface UnfenceVerb extends ClusterVerb {
  readonly groups?: readonly string[];
}

export const run = (topic: string, { groups, ...options }: UnfenceVerb): Promise<void> =>
  withClient(options, async (client) => {
    const admin = client.admin();
    await admin.liftFence(topic, groups === undefined ? {} : { groups });
    const { fence } = await admin.describeTopic(topic);
    await printLine(fence === undefined ? `topic ${topic} has no fence` : describeFence(fence));
  });
