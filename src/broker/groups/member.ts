import type { HandlerTimes, JoinRequest, MemberProtocol } from './types.ts';

const NO_ASSIGNMENT = new Uint8Array(0);

type Description = Pick<
  JoinRequest,
  'clientId' | 'clientHost' | 'sessionTimeoutMs' | 'rebalanceTimeoutMs' | 'protocols'
>;

/** One member of a group. */
export class GroupMember {
  id: string;
  readonly instanceId: string | undefined;
  assignment: Uint8Array = NO_ASSIGNMENT;
  /** The request that waits for the next generation. */
  parkedJoinId: number | undefined;
  /** The request that waits for the leader's assignment. */
  parkedSyncId: number | undefined;
  /** As of its last heartbeat; kept by this coordinator alone. */
  handlerTimes: HandlerTimes | undefined;
  /** Has come for its assignment in this generation. */
  hasSynced = false;
  #described: Description;

  constructor(id: string, instanceId: string | undefined, described: Description) {
    this.id = id;
    this.instanceId = instanceId;
    this.#described = described;
  }

  get clientId(): string {
    return this.#described.clientId;
  }
  get clientHost(): string {
    return this.#described.clientHost;
  }
  get sessionTimeoutMs(): number {
    return this.#described.sessionTimeoutMs;
  }
  get rebalanceTimeoutMs(): number {
    return this.#described.rebalanceTimeoutMs;
  }
  get protocols(): readonly MemberProtocol[] {
    return this.#described.protocols;
  }
  get isParked(): boolean {
    return this.parkedJoinId !== undefined || this.parkedSyncId !== undefined;
  }

  /** What it says of itself anew. */
  describe(described: Description): void {
    this.#described = described;
  }

  supports(protocol: string): boolean {
    return this.protocols.some(({ name }) => name === protocol);
  }

  metadataFor(protocol: string | undefined): Uint8Array {
    return this.protocols.find(({ name }) => name === protocol)?.metadata ?? NO_ASSIGNMENT;
  }

  /** True when it wants the same protocols, in this order, with the same metadata. */
  wantsSame(protocols: readonly MemberProtocol[]): boolean {
    return (
      protocols.length === this.protocols.length &&
      protocols.every(({ name, metadata }, at) => {
        const own = this.protocols[at];
        return own?.name === name && Buffer.compare(own.metadata, metadata) === 0;
      })
    );
  }

  forgetAssignment(): void {
    this.assignment = NO_ASSIGNMENT;
  }
}
