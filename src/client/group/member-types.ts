import type { ErrorCode } from '../../base/errors.ts';
import type { NodeId } from '../../base/ids.ts';
import type { TopicPartitionName } from './consumer-protocol.ts';

/**
 * What goes into a member's core and what comes out. `MemberCore` tells what each event does; here
 * are the shapes.
 */

export interface MemberConfig {
  /** Of a static member (KIP-345): it does not leave when it closes, and comes back as itself. */
  readonly instanceId: string | undefined;
  /** `eager`: all is given up before each rebalance. `cooperative`: only what goes elsewhere. */
  readonly protocol: 'eager' | 'cooperative';
  /** Between heartbeats that are answered at once. */
  readonly heartbeatIntervalMs: number;
  /** So long a group that has nothing to tell may hold an answer back; 0: it answers at once. */
  readonly heartbeatWaitMs: number;
}

/** Who a request of a member says it is from. */
export interface MemberIdentity {
  /** '': none yet. */
  readonly memberId: string;
  /** NONE: in none. */
  readonly generation: number;
}

/** Another member, as the leader is told of it. */
export interface JoinedMember {
  readonly memberId: string;
  readonly instanceId: string | undefined;
  readonly metadata: Uint8Array;
}

export interface JoinAnswer {
  readonly code: ErrorCode;
  readonly memberId: string;
  readonly generation: number;
  readonly protocol: string;
  /** Member id. */
  readonly leader: string;
  /** For the leader alone. */
  readonly members: readonly JoinedMember[];
}

export interface SyncAnswer {
  readonly code: ErrorCode;
  readonly assignment: Uint8Array;
}

/** A request of which the newest alone counts: an answer to an earlier one changes nothing. */
export interface Numbered {
  readonly request: number;
}

/** `heartbeat`: time for one. `watch`: a join or a sync has been waiting for a while. */
export type MemberTimer = 'heartbeat' | 'watch';

export type MemberEffect =
  /** Answered by `onCoordinator` or `onNoCoordinator`. */
  | { readonly kind: 'findCoordinator' }
  /** Answered by `onJoin`; what it joins with is made of topics, `owned` and `ownedSince`. */
  | ({
      readonly kind: 'join';
      readonly coordinator: NodeId;
      readonly memberId: string;
      readonly topics: readonly string[];
      readonly owned: readonly TopicPartitionName[];
      /** Generation in which it got them. */
      readonly ownedSince: number;
    } & Numbered)
  /** This member leads: who gets what? Answered by `onAssignments`. */
  | ({
      readonly kind: 'assign';
      readonly protocol: string;
      readonly members: readonly JoinedMember[];
    } & Numbered)
  /** Answered by `onSync`. */
  | ({
      readonly kind: 'sync';
      readonly coordinator: NodeId;
      readonly protocol: string;
      /** By member id; empty but for the leader. */
      readonly assignments: ReadonlyMap<string, Uint8Array>;
    } & Numbered &
      MemberIdentity)
  /** Answered by `onHeartbeat`, after `waitMs` or as soon as there is something to tell. */
  | ({
      readonly kind: 'heartbeat';
      readonly coordinator: NodeId;
      readonly waitMs: number;
    } & Numbered &
      MemberIdentity)
  /** Not answered; undefined: the coordinator is to be looked for first. */
  | { readonly kind: 'leave'; readonly coordinator: NodeId | undefined; readonly memberId: string }
  /** These are the member's from now on, beside those it had. Empty at times: all is as it was. */
  | {
      readonly kind: 'assigned';
      readonly partitions: readonly TopicPartitionName[];
      readonly generation: number;
    }
  /**
   * These go to somebody else as soon as `onRevoked` is called with the number: what was handled of
   * them is to be committed before.
   */
  | {
      readonly kind: 'revoke';
      readonly revocation: number;
      readonly partitions: readonly TopicPartitionName[];
    }
  /** These may be with somebody else already: nothing can be committed any more. */
  | { readonly kind: 'lost'; readonly partitions: readonly TopicPartitionName[] }
  /** `onRetry` is called after a pause, which grows with the failures in a row. */
  | { readonly kind: 'retryLater'; readonly failureCount: number }
  /** Replaces a timer of the same key; when it is over `onTimer` is called with the key. */
  | { readonly kind: 'setTimer'; readonly key: MemberTimer; readonly delayMs: number }
  | { readonly kind: 'cancelTimer'; readonly key: MemberTimer }
  /** The group does not take this member: nothing follows. */
  | { readonly kind: 'failed'; readonly code: ErrorCode }
  /** All was given up and the group was told where it is to be: nothing follows. */
  | { readonly kind: 'left' };
