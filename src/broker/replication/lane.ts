/** The streams from one leader: a partition far behind has one that no in-sync partition shares. */
export type ReplicaLane = 'data' | 'catchup';

/** How far behind the leader's end a replica changes its stream, in estimated bytes. */
export interface CatchUpLimits {
  /** Farther behind than this it leaves the data stream. */
  readonly farBytes: number;
  /** As near as this it comes back: much less, so that it does not go to and fro. */
  readonly nearBytes: number;
}

export const decideLane = (
  lane: ReplicaLane,
  behindBytes: number,
  { farBytes, nearBytes }: CatchUpLimits,
): ReplicaLane => {
  if (lane === 'data') return behindBytes > farBytes ? 'catchup' : 'data';
  return behindBytes <= nearBytes ? 'data' : 'catchup';
};
