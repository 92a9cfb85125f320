import { int32, string, struct } from '../field.ts';

/** Where the leader is now, told beside "not leader": saves the client a Metadata request. */
export const leaderIdAndEpoch = struct({
  leaderId: int32({ default: -1 }),
  leaderEpoch: int32({ default: -1 }),
});

/** The address of a leader that was named. */
export const nodeEndpoint = struct({
  nodeId: int32(),
  host: string(),
  port: int32(),
  rack: string({ nullableSince: 0, default: null }),
});
