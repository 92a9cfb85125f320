import { describeError, OttlaError } from '../base/errors.ts';
import type { ClusterId, NodeId } from '../base/ids.ts';
import type { Clock } from '../env/clock.ts';
import type { Logger } from '../env/logger.ts';
import type { Handler, Stream, StreamListener, Transport } from '../env/transport.ts';
import { onStream } from '../env/transport.ts';
import type { RaftEnvelope } from '../gen/ottla.ts';
import { RaftService } from '../gen/ottla.ts';
import type { Envelope, RaftMessage } from './core/messages.ts';
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
  /** Peer addresses of the voters. */
  readonly voters: ReadonlyMap<NodeId, string>;
  /** What this node says of itself with every message. */
  readonly versions: KnownVersions;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onMessage: (message: RaftMessage) => void;
  /** A connection to or from the node broke: it may be dead. */
  readonly onUnreachable: (nodeId: NodeId) => void;
  /** Most voters say that they belong to another cluster: this node is in the wrong one. */
  readonly onForeign: (error: OttlaError) => void;
}

/**
 * Raft messages between nodes, with raft's own weak contract: they may be lost. To a voter they go
 * on a stream that this node opened; to an observer, on the stream that it opened to this node.
 */
export class Peers {
  readonly #options: PeersOptions;
  readonly #outbound = new Map<NodeId, Stream<RaftEnvelope>>();
  readonly #inbound = new Map<NodeId, Stream<RaftEnvelope>>();
  readonly #retryAtMs = new Map<NodeId, number>();
  /** When a voter was asked first since it was last heard, on whichever stream. */
  readonly #askedAtMs = new Map<NodeId, number>();
  /** Voters of another cluster. One may be there by mistake; most of them cannot. */
  readonly #foreign = new Set<NodeId>();
  readonly #versions: PeerVersions;
  #isClosed = false;

  constructor(options: PeersOptions) {
    this.#options = options;
    this.#versions = new PeerVersions(options.clock);
  }

  /** What another node has said of itself. */
  versionsOf(nodeId: NodeId): SaidVersions {
    return this.#versions.of(nodeId);
  }

  send({ to, message }: Envelope): void {
    this.#maybeGiveUp(to);
    const stream = this.#streamTo(to);
    if (stream === undefined || stream.pendingBytes > PENDING_BYTES_MAX) return;
    const { clusterId, versions } = this.#options;
    const says = { minMetadataVersion: versions.min, maxMetadataVersion: versions.max };
    stream.send({ clusterId, to, body: toWire(message), ...says });
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

  close(): void {
    this.#isClosed = true;
    for (const stream of [...this.#outbound.values(), ...this.#inbound.values()]) stream.close();
  }

  /** The stream opened last speaks for its node, also when one before it is not seen to end. */
  #adopt(from: NodeId, stream: Stream<RaftEnvelope>): void {
    const replaced = this.#inbound.get(from);
    this.#inbound.set(from, stream);
    replaced?.close();
  }

  #streamTo(nodeId: NodeId): Stream<RaftEnvelope> | undefined {
    if (this.#isClosed) return undefined;
    const address = this.#options.voters.get(nodeId);
    if (address === undefined) return this.#inbound.get(nodeId);
    const open = this.#outbound.get(nodeId);
    if (open !== undefined) return open;
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs < (this.#retryAtMs.get(nodeId) ?? 0)) return undefined;
    return this.#connect(nodeId, address);
  }

  /** What the stream still holds is lost; raft repeats it. */
  #maybeGiveUp(nodeId: NodeId): void {
    const { clock, onUnreachable } = this.#options;
    const stream = this.#outbound.get(nodeId);
    const askedAtMs = this.#askedAtMs.get(nodeId);
    if (stream === undefined || askedAtMs === undefined) return;
    if (clock.monotonicMs() - askedAtMs <= SILENCE_MS) return;
    this.#outbound.delete(nodeId);
    this.#askedAtMs.delete(nodeId);
    stream.close(new OttlaError('REQUEST_TIMED_OUT', `no answer for ${SILENCE_MS} ms`));
    onUnreachable(nodeId);
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
        if (this.#outbound.get(nodeId) !== stream) return;
        this.#outbound.delete(nodeId);
        this.#askedAtMs.delete(nodeId);
        this.#retryAtMs.set(nodeId, clock.monotonicMs() + RETRY_DELAY_MS);
        this.#options.onUnreachable(nodeId);
      },
    });
    stream = transport.open(address, RaftService.exchange, { lane: 'control', listener });
    // It may have closed before it was returned; kept then, it would never be replaced.
    if (isOpen) this.#outbound.set(nodeId, stream);
    return stream;
  }

  #onForeignVoter(nodeId: NodeId): void {
    const { voters, clusterId, logger } = this.#options;
    if (!this.#foreign.has(nodeId)) logger.warn('a voter belongs to another cluster', { nodeId });
    this.#foreign.add(nodeId);
    if (this.#foreign.size <= voters.size / 2) return;
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
        this.#options.onMessage(message);
      },
      onClose: (error) => {
        if (!this.#isClosed) then.onClose(error);
      },
    };
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
