import { describeError, OttlaError } from '../base/errors.ts';
import type { ClusterId, NodeId } from '../base/ids.ts';
import type { Clock } from '../env/clock.ts';
import type { Logger } from '../env/logger.ts';
import type { Handler, Stream, StreamListener, Transport } from '../env/transport.ts';
import { onStream } from '../env/transport.ts';
import type { RaftEnvelope } from '../gen/ottla.ts';
import { RaftService } from '../gen/ottla.ts';
import type { Envelope, RaftMessage } from './core/messages.ts';
import type { Ballot } from './core/voters.ts';
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
  /** Where a voter of the set in force is reached; undefined for any other node. */
  readonly voterAddress: (nodeId: NodeId) => string | undefined;
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
      body: toWire(message),
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
    const address = this.#addressOf(nodeId);
    const open = this.#outbound.get(nodeId);
    if (open !== undefined && open.address === (address ?? open.address)) return open.stream;
    // The voter of that number is elsewhere now.
    if (open !== undefined) this.#drop(nodeId, open);
    if (address === undefined) return this.#inbound.get(nodeId);
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs < (this.#retryAtMs.get(nodeId) ?? 0)) return this.#inbound.get(nodeId);
    return this.#connect(nodeId, address);
  }

  /** Where to open a stream to a node; undefined: its own stream serves, if there is one. */
  #addressOf(nodeId: NodeId): string | undefined {
    const { voterAddress, startAddresses } = this.#options;
    const address = voterAddress(nodeId);
    if (address !== undefined || this.#inbound.has(nodeId)) return address;
    return this.#hinted.get(nodeId) ?? startAddresses.get(nodeId);
  }

  /** What the stream still holds is lost; raft repeats it. */
  #maybeGiveUp(nodeId: NodeId): void {
    const { clock, onUnreachable } = this.#options;
    const open = this.#outbound.get(nodeId);
    const askedAtMs = this.#askedAtMs.get(nodeId);
    if (open === undefined || askedAtMs === undefined) return;
    if (clock.monotonicMs() - askedAtMs <= SILENCE_MS) return;
    this.#drop(nodeId, open, new OttlaError('REQUEST_TIMED_OUT', `no answer for ${SILENCE_MS} ms`));
    onUnreachable(nodeId);
  }

  #drop(nodeId: NodeId, { stream }: Outbound, error?: OttlaError): void {
    this.#outbound.delete(nodeId);
    this.#askedAtMs.delete(nodeId);
    stream.close(error);
  }

  #connect(nodeId: NodeId, address: string): Stream<RaftEnvelope> {
    const { transport, clock } = this.#options;
    let stream: Stream<RaftEnvelope> | undefined;
    let isOpen = true;
    const listener = this.#listener({
      onForeign: () => this.#onForeignVoter(nodeId),
      onMessage: () => this.#foreign.delete(nodeId),
      onClose: (error) => {
        if (error instanceof OttlaError && error.code === 'INCONSISTENT_CLUSTER_ID') {
          this.#onForeignVoter(nodeId);
        }
        isOpen = false;
        // Given up before: another one may be in its place.
        if (this.#outbound.get(nodeId)?.stream !== stream) return;
        this.#outbound.delete(nodeId);
        this.#askedAtMs.delete(nodeId);
        this.#retryAtMs.set(nodeId, clock.monotonicMs() + RETRY_DELAY_MS);
        this.#options.onUnreachable(nodeId);
      },
    });
    stream = transport.open(address, RaftService.exchange, { lane: 'control', listener });
    // It may have closed before it was returned; kept then, it would never be replaced.
    if (isOpen) this.#outbound.set(nodeId, { stream, address });
    return stream;
  }

  #onForeignVoter(nodeId: NodeId): void {
    const { voterCount, clusterId, logger } = this.#options;
    if (!this.#foreign.has(nodeId)) logger.warn('a voter belongs to another cluster', { nodeId });
    this.#foreign.add(nodeId);
    if (this.#foreign.size <= voterCount() / 2) return;
    const names = [...this.#foreign].join(', ');
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
    onMessage: (message: RaftMessage) => void;
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
        then.onMessage(message);
        this.#noteHint(message);
        const { toDirectory } = envelope;
        this.#options.onMessage({ message, toDirectory, ballot: ballotOf(envelope) });
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

const ballotOf = (envelope: RaftEnvelope): Ballot => ({
  directoryId: envelope.fromDirectory,
  canVote: envelope.canVote,
  onlyIfNamed: envelope.onlyIfNamed,
  address: envelope.fromAddress,
});
