import { describeError, OttlaError } from '../base/errors.ts';
import type { ClusterId, NodeId } from '../base/ids.ts';
import type { Clock } from '../env/clock.ts';
import type { Logger } from '../env/logger.ts';
import type { Handler, Stream, StreamListener, Transport } from '../env/transport.ts';
import { onStream } from '../env/transport.ts';
import type { RaftEnvelope } from '../gen/ottla.ts';
import { RaftService } from '../gen/ottla.ts';
import type { Envelope, RaftMessage } from './core/messages.ts';
import type { Ballot, Voter } from './core/voters.ts';
import type { KnownVersions, SaidVersions } from './peer-versions.ts';
import { PeerVersions } from './peer-versions.ts';
import { fromWire, toWire } from './wire.ts';

/** How long a peer that could not be reached is left alone. */
const RETRY_DELAY_MS = 50;
/**
 * A voter that answers nothing for so long, though it was asked, is reached over a new connection:
 * one whose packets were lost sends them again ever more slowly, long after the network is well.
 */
const SILENCE_MS = 1500;
/** What whoever is there answers; a slow disk may hold the answer up. */
const QUESTIONS: ReadonlySet<RaftMessage['kind']> = new Set([
  'preVote',
  'vote',
  'append',
  'installSnapshot',
  'observe',
]);
/** A peer that takes no more is sent nothing: raft repeats itself. */
const PENDING_BYTES_MAX = 16 * 1024 * 1024;

export interface PeersOptions {
  readonly clusterId: ClusterId;
  readonly nodeId: NodeId;
  /** What this node says of itself with every message. */
  readonly versions: KnownVersions;
  /** As the set in force names it; undefined for any other node. */
  readonly voter: (nodeId: NodeId) => Voter | undefined;
  /** Where one that may become a voter says that it is; only a leader knows. */
  readonly announcedAddress: (nodeId: NodeId) => string | undefined;
  /** Where the configuration says that a node is reached. */
  readonly startAddresses: ReadonlyMap<NodeId, string>;
  /** How many voters there are now. */
  readonly voterCount: () => number;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onMessage: (envelope: Omit<Envelope, 'to'>) => void;
  /** A connection to or from the node broke: it may be dead. */
  readonly onUnreachable: (nodeId: NodeId) => void;
  /** Most voters say that they belong to another cluster: this node is in the wrong one. */
  readonly onForeign: (error: OttlaError) => void;
}

interface Outbound {
  readonly stream: Stream<RaftEnvelope>;
  readonly address: string;
  /** Where the node was to be reached first. */
  readonly firstAddress: string | undefined;
}

/**
 * Raft messages between nodes, with raft's own weak contract: they may be lost. To a voter they go
 * on a stream that this node opened; to an observer, on the stream that it opened to this node.
 */
export class Peers {
  readonly #options: PeersOptions;
  readonly #outbound = new Map<NodeId, Outbound>();
  readonly #inbound = new Map<NodeId, Stream<RaftEnvelope>>();
  readonly #retryAtMs = new Map<NodeId, number>();
  /** When a voter was asked first since it was last heard, on whichever stream. */
  readonly #askedAtMs = new Map<NodeId, number>();
  /** Voters of another cluster. One may be there by mistake; most of them cannot. */
  readonly #foreign = new Set<NodeId>();
  readonly #versions: PeerVersions;
  /** Where leaders are that this node's set of voters may not name yet, as others say. */
  readonly #hinted = new Map<NodeId, string>();
  /** What nodes say of themselves: a voter may be elsewhere than where the set has it. */
  readonly #announced = new Map<NodeId, Ballot>();
  /** How many streams to a node have ended: the next one tries another address of it. */
  readonly #endedCounts = new Map<NodeId, number>();
  #isClosed = false;

  constructor(options: PeersOptions) {
    this.#options = options;
    this.#versions = new PeerVersions(options.clock);
  }

  /** What another node has said of itself. */
  versionsOf(nodeId: NodeId): SaidVersions {
    return this.#versions.of(nodeId);
  }

  send({ to, toDirectory, ballot, message }: Envelope): void {
    this.#maybeGiveUp(to);
    const stream = this.#streamTo(to);
    if (stream === undefined || stream.pendingBytes > PENDING_BYTES_MAX) return;
    const { clusterId, versions } = this.#options;
    const says = { minMetadataVersion: versions.min, maxMetadataVersion: versions.max };
    stream.send({
      clusterId,
      to,
      body: toWire(this.#withPlace(message)),
      ...says,
      toDirectory,
      fromDirectory: ballot.directoryId,
      canVote: ballot.canVote,
      onlyIfNamed: ballot.onlyIfNamed,
      fromAddress: ballot.address,
    });
    const isFirst = QUESTIONS.has(message.kind) && !this.#askedAtMs.has(to);
    if (isFirst) this.#askedAtMs.set(to, this.#options.clock.monotonicMs());
  }

  handler(): Handler {
    return onStream(RaftService.exchange, (stream) => {
      // A node that has stopped must not look alive by taking what it will never read.
      if (this.#isClosed) stream.close();
      let from: NodeId | undefined;
      return this.#listener({
        onForeign: (error) => stream.close(error),
        onMessage: (message) => {
          if (from !== undefined) return;
          from = message.from;
          this.#adopt(from, stream);
        },
        onClose: () => {
          if (from === undefined || this.#inbound.get(from) !== stream) return;
          this.#inbound.delete(from);
          this.#options.onUnreachable(from);
        },
      });
    });
  }

  /** False while a voter is known to be out of reach; true only says that nothing is known. */
  hasStreamTo(voterId: NodeId): boolean {
    return this.#outbound.has(voterId);
  }

  /** Where the stream that is open to a node leads; undefined: there is none. */
  addressInUse(nodeId: NodeId): string | undefined {
    return this.#outbound.get(nodeId)?.address;
  }

  /** Where a leader may be found that no set of voters here names. */
  hintedAddress(nodeId: NodeId): string | undefined {
    return this.#hinted.get(nodeId);
  }

  close(): void {
    this.#isClosed = true;
    for (const { stream } of [...this.#outbound.values()]) stream.close();
    for (const stream of [...this.#inbound.values()]) stream.close();
  }

  /** The stream opened last speaks for its node, also when one before it is not seen to end. */
  #adopt(from: NodeId, stream: Stream<RaftEnvelope>): void {
    const replaced = this.#inbound.get(from);
    this.#inbound.set(from, stream);
    replaced?.close();
  }

  #streamTo(nodeId: NodeId): Stream<RaftEnvelope> | undefined {
    if (this.#isClosed) return undefined;
    const addresses = this.#addressesOf(nodeId);
    const open = this.#outbound.get(nodeId);
    const isSame = addresses.length === 0 || addresses[0] === open?.firstAddress;
    if (open !== undefined && isSame) return open.stream;
    // The voter of that number is elsewhere now.
    if (open !== undefined) this.#drop(nodeId, open);
    const turn = this.#endedCounts.get(nodeId) ?? 0;
    const address = addresses[turn % Math.max(1, addresses.length)];
    if (address === undefined) return this.#inbound.get(nodeId);
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs < (this.#retryAtMs.get(nodeId) ?? 0)) return this.#inbound.get(nodeId);
    return this.#connect(nodeId, address, addresses[0]);
  }

  /** A leader that moved is hinted at where it was found, not where the set still has it. */
  #withPlace(message: RaftMessage): RaftMessage {
    if (message.kind !== 'leaderHint' || message.leaderId === undefined) return message;
    const leaderAddress = this.addressInUse(message.leaderId) ?? message.leaderAddress;
    return { ...message, leaderAddress };
  }

  /**
   * Where to open a stream to a node, in the order to try; none: its own stream serves, if there is
   * one. A voter is where the set has it, else where it says itself, others found it or the
   * configuration says, for it may have moved, and all of them together.
   */
  #addressesOf(nodeId: NodeId): string[] {
    const { voter: voterOf, announcedAddress, startAddresses } = this.#options;
    const start = startAddresses.get(nodeId);
    const voter = voterOf(nodeId);
    if (voter !== undefined) {
      const said = this.#announced.get(nodeId);
      const own = voter.directoryId === said?.directoryId ? said.address : undefined;
      // Who answers at another place than the set's is known by its directory only.
      const found = voter.directoryId === '' ? undefined : this.#hinted.get(nodeId);
      return [voter.address, own, found, start].filter(isFirstOf);
    }
    const announced = announcedAddress(nodeId);
    if (announced !== undefined || this.#inbound.has(nodeId)) return [announced].filter(isFirstOf);
    return [this.#hinted.get(nodeId) ?? start].filter(isFirstOf);
  }

  #noteEnd(nodeId: NodeId): void {
    this.#endedCounts.set(nodeId, (this.#endedCounts.get(nodeId) ?? 0) + 1);
  }

  /** What the stream still holds is lost; raft repeats it. */
  #maybeGiveUp(nodeId: NodeId): void {
    const { clock, onUnreachable } = this.#options;
    const open = this.#outbound.get(nodeId);
    const askedAtMs = this.#askedAtMs.get(nodeId);
    if (open === undefined || askedAtMs === undefined) return;
    if (clock.monotonicMs() - askedAtMs <= SILENCE_MS) return;
    this.#noteEnd(nodeId);
    this.#drop(nodeId, open, new OttlaError('REQUEST_TIMED_OUT', `no answer for ${SILENCE_MS} ms`));
    onUnreachable(nodeId);
  }

  #drop(nodeId: NodeId, { stream }: Outbound, error?: OttlaError): void {
    this.#outbound.delete(nodeId);
    this.#askedAtMs.delete(nodeId);
    stream.close(error);
  }

  #connect(nodeId: NodeId, address: string, firstAddress?: string): Stream<RaftEnvelope> {
    const { transport, clock } = this.#options;
    const isSure = address === firstAddress;
    let stream: Stream<RaftEnvelope> | undefined;
    let isOpen = true;
    const listener = this.#listener({
      onForeign: () => {
        if (isSure) this.#onForeignVoter(nodeId);
      },
      onMessage: (_, ballot) => {
        this.#foreign.delete(nodeId);
        // Where it was before, or where a configuration has it, another directory may answer.
        const voter = this.#options.voter(nodeId);
        if (!isSure && voter?.directoryId !== ballot.directoryId) stream?.close();
      },
      onClose: (error) => {
        const isForeign = error instanceof OttlaError && error.code === 'INCONSISTENT_CLUSTER_ID';
        if (isForeign && isSure) {
          this.#onForeignVoter(nodeId);
        }
        isOpen = false;
        // Given up before: another one may be in its place.
        if (this.#outbound.get(nodeId)?.stream !== stream) return;
        this.#outbound.delete(nodeId);
        this.#noteEnd(nodeId);
        this.#askedAtMs.delete(nodeId);
        this.#retryAtMs.set(nodeId, clock.monotonicMs() + RETRY_DELAY_MS);
        this.#options.onUnreachable(nodeId);
      },
    });
    stream = transport.open(address, RaftService.exchange, { lane: 'control', listener });
    // It may have closed before it was returned; kept then, it would never be replaced.
    if (isOpen) this.#outbound.set(nodeId, { stream, address, firstAddress });
    return stream;
  }

  /** No voter any more, but still in a configuration: its machine may serve others since. */
  #onForeignVoter(nodeId: NodeId): void {
    const { voter, voterCount, clusterId, logger } = this.#options;
    if (voter(nodeId) === undefined) return;
    if (!this.#foreign.has(nodeId)) logger.warn('a voter belongs to another cluster', { nodeId });
    this.#foreign.add(nodeId);
    const foreign = [...this.#foreign].filter((id) => voter(id) !== undefined);
    if (foreign.length <= voterCount() / 2) return;
    const names = foreign.join(', ');
    this.#options.onForeign(
      new OttlaError(
        'INCONSISTENT_CLUSTER_ID',
        `this node's directory is of cluster ${clusterId}, but controllers ${names} belong to ` +
          `another: set log.dirs to this node's directory there, or mend controller.quorum.voters`,
      ),
    );
  }

  #listener(then: {
    onForeign: (error: OttlaError) => void;
    onMessage: (message: RaftMessage, ballot: Ballot) => void;
    onClose: (error: Error | undefined) => void;
  }): StreamListener<RaftEnvelope> {
    return {
      onMessage: (envelope) => {
        if (envelope.clusterId !== this.#options.clusterId) {
          then.onForeign(this.#refusal(envelope.clusterId));
          return;
        }
        const message = this.#accept(envelope);
        if (message === undefined) return;
        this.#askedAtMs.delete(message.from);
        const { minMetadataVersion: min, maxMetadataVersion: max } = envelope;
        this.#versions.note(message.from, { min, max });
        const { toDirectory } = envelope;
        const ballot = ballotOf(envelope);
        then.onMessage(message, ballot);
        this.#noteHint(message);
        if (ballot.address !== '') this.#announced.set(message.from, ballot);
        this.#options.onMessage({ message, toDirectory, ballot });
      },
      onClose: (error) => {
        if (!this.#isClosed) then.onClose(error);
      },
    };
  }

  #noteHint(message: RaftMessage): void {
    if (message.kind !== 'leaderHint' || message.leaderId === undefined) return;
    if (message.leaderAddress !== '') this.#hinted.set(message.leaderId, message.leaderAddress);
  }

  #refusal(theirs: ClusterId): OttlaError {
    const { clusterId, logger } = this.#options;
    logger.warn('refused a raft message of another cluster', { clusterId: theirs });
    const text = `the message is of cluster ${theirs}, this node of ${clusterId}`;
    return new OttlaError('INCONSISTENT_CLUSTER_ID', text);
  }

  /** The message, if it is meant for this node and makes sense. */
  #accept(envelope: RaftEnvelope): RaftMessage | undefined {
    const { nodeId, logger } = this.#options;
    if (envelope.to !== nodeId || envelope.body === undefined) return undefined;
    try {
      return fromWire(envelope.body);
    } catch (error) {
      logger.warn('dropped a malformed raft message', { error: describeError(error) });
      return undefined;
    }
  }
}

const isFirstOf = (
  address: string | undefined,
  at: number,
  all: readonly (string | undefined)[],
): address is string => address !== undefined && all.indexOf(address) === at;

const ballotOf = (envelope: RaftEnvelope): Ballot => ({
  directoryId: envelope.fromDirectory,
  canVote: envelope.canVote,
  onlyIfNamed: envelope.onlyIfNamed,
  address: envelope.fromAddress,
});
