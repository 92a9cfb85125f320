import type { FenceDescription } from '../client/admin/admin-types.ts';
import { formatDuration } from './duration.ts';

export const describeFence = ({
  firstPartition,
  groups,
  settledInMs,
}: FenceDescription): string => {
  const when = settledInMs > 0 ? ` ${formatDuration(settledInMs)} from now` : ' producers settled';
  const before = `consumed what was written to those before until${when}`;
  return `fence: ${groups.join(', ')} read partitions from ${firstPartition} on when they have ${before}`;
};
