import { errorNumber, OttlaError } from '../../base/errors.ts';
import type { BrokerEpoch, ClusterId, IncarnationId, NodeId } from '../../base/ids.ts';
import { NONE, partitionKey } from '../../base/ids.ts';
import type { Clock } from '../../env/clock.ts';
import type { Logger } from '../../env/logger.ts';
import type { Handler, Stream, StreamListener } from '../../env/transport.ts';
import { onCall } from '../../env/transport.ts';
import type { ReplicaDown, ReplicaHello, ReplicaUp } from '../../gen/ottla.ts';
import { ReplicaService } from '../../gen/ottla.ts';
import type { Deadlines } from '../deadlines.ts';
import type { OnFatal } from '../guard.ts';
import { guardedStream } from '../guard.ts';
import type { Partition } from './partition.ts';
import { describeReplicaEnds } from './replica-ends.ts';
import { ReplicaSession } from './replica-session.ts';
import { describeReplicaSizes } from './replica-sizes.ts';

export interface ReplicaServerOptions {
  readonly clusterId: ClusterId;
  readonly brokerId: NodeId;
  readonly incarnationId: IncarnationId;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly logger: Logger;
  readonly onFatal: OnFatal;
  readonly replicas: {
    partitionAt(key: string): Partition | undefined;
    partitions(): Iterable<Partition>;
    /** The registration that the metadata knows, or NONE. */
    brokerEpochOf(brokerId: NodeId): BrokerEpoch;
  };
}

/** The leader's side of replication: one session a stream, and the answer to a probe. */
export class ReplicaServer {
  readonly #options: ReplicaServerOptions;
  readonly #sessions = new Set<ReplicaSession>();
  /** The newest stream of each follower and kind. */
  readonly #newest = new Map<string, { hello: ReplicaHello; session: ReplicaSession }>();

  constructor(options: ReplicaServerOptions) {
    this.#options = options;
  }

  handlers(): Handler[] {
    const { brokerId, incarnationId, onFatal } = this.#options;
    return [
      onCall(ReplicaService.ping, async () => ({ brokerId, incarnationId })),
      onCall(ReplicaService.leaderEpoch, async ({ topicId, partition }) => {
        const found = this.#options.replicas.partitionAt(partitionKey(topicId, partition));
        // Known from before it begins to lead: its log waits for the disk then.
        return { leaderEpoch: found?.registration?.leaderEpoch ?? NONE };
      }),
      onCall(ReplicaService.replicaSizes, async () =>
        describeReplicaSizes(this.#options.replicas.partitions()),
      ),
      onCall(ReplicaService.replicaEnds, async (request) =>
        describeReplicaEnds(request, {
          brokerEpoch: this.#options.replicas.brokerEpochOf(brokerId),
          partitionAt: (key) => this.#options.replicas.partitionAt(key),
        }),
      ),
      guardedStream(onFatal, ReplicaService.replicate, (stream, { peer }) =>
        this.#accept(stream, peer),
      ),
    ];
  }

  /** Ends all sessions; followers reconnect to whoever leads then. */
  close(): void {
    for (const session of [...this.#sessions]) session.end();
  }

  #accept(stream: Stream<ReplicaDown>, peer: string): StreamListener<ReplicaUp> {
    let session: ReplicaSession | undefined;
    const onMessage = (message: ReplicaUp): void => {
      if (message.kind !== 'hello') {
        session?.onMessage(message);
        return;
      }
      if (session !== undefined) return;
      session = this.#open(stream, message.value, peer);
    };
    return {
      onMessage,
      onDrain: () => session?.onDrain(),
      onClose: () => {
        if (session === undefined) return;
        session.onClosed();
        this.#sessions.delete(session);
      },
    };
  }

  #open(
    stream: Stream<ReplicaDown>,
    hello: ReplicaHello,
    peer: string,
  ): ReplicaSession | undefined {
    try {
      this.#checkHello(hello);
    } catch (error) {
      if (!(error instanceof OttlaError)) throw error;
      this.#options.logger.warn('replica stream refused', { peer, reason: error.message });
      const errorCode = errorNumber(error.code);
      const header = { answersFetch: false, errorCode, partitions: [], released: [] };
      stream.send({ header, body: [] });
      stream.close(error);
      return undefined;
    }
    const { clock, deadlines, replicas, onFatal } = this.#options;
    const session = new ReplicaSession(
      { clock, deadlines, onFatal, partitionAt: (key) => replicas.partitionAt(key) },
      stream,
      { brokerId: hello.brokerId, brokerEpoch: hello.brokerEpoch },
    );
    this.#sessions.add(session);
    // What the stream before has still under way would set its follower back.
    this.#newest.get(laneOf(hello))?.session.end();
    this.#newest.set(laneOf(hello), { hello, session });
    return session;
  }

  #checkHello(hello: ReplicaHello): void {
    const { clusterId, brokerId, replicas } = this.#options;
    if (hello.clusterId !== clusterId) {
      throw new OttlaError(
        'INCONSISTENT_CLUSTER_ID',
        `broker ${hello.brokerId} belongs to cluster ${hello.clusterId}, this one to ${clusterId}`,
      );
    }
    if (hello.leaderBrokerId !== brokerId) {
      throw new OttlaError(
        'NOT_LEADER_OR_FOLLOWER',
        `broker ${hello.leaderBrokerId} was meant and ${brokerId} was reached: refresh metadata`,
      );
    }
    const known = replicas.brokerEpochOf(hello.brokerId);
    if (known !== NONE && hello.brokerEpoch < known) {
      throw new OttlaError(
        'STALE_BROKER_EPOCH',
        `broker ${hello.brokerId} has registered anew: epoch ${known}, not ${hello.brokerEpoch}`,
      );
    }
    const newest = this.#newest.get(laneOf(hello))?.hello;
    if (newest === undefined || isNewer(hello, newest)) return;
    throw new OttlaError(
      'STALE_BROKER_EPOCH',
      `stream ${hello.streamNumber} of broker ${hello.brokerId} was replaced by ${newest.streamNumber}`,
    );
  }
}

const laneOf = ({ brokerId, isCatchUp }: ReplicaHello): string =>
  `${isCatchUp ? 'catchup' : 'data'} ${brokerId}`;

const isNewer = (next: ReplicaHello, known: ReplicaHello): boolean =>
  next.brokerEpoch > known.brokerEpoch ||
  (next.brokerEpoch === known.brokerEpoch && next.streamNumber > known.streamNumber);
