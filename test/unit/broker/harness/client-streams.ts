import type { Stream } from '../../../../src/env/transport.ts';
import type {
  FetchFrame,
  FetchPartition,
  FetchRequest,
  ProduceFrame,
  ProduceReply,
} from '../../../../src/gen/ottla.ts';
import { ClientService } from '../../../../src/gen/ottla.ts';
import type { TestCluster } from './test-cluster.ts';
import { recordsIn } from './test-cluster.ts';

/** A client's produce stream with what has come back. */
export const openProduce = (cluster: TestCluster, brokerId = 1) => {
  const replies: ProduceReply[] = [];
  const ended: Array<Error | undefined> = [];
  const stream: Stream<ProduceFrame> = cluster.client.open(
    cluster.broker(brokerId).clientAddress,
    ClientService.produce,
    {
      lane: 'data',
      listener: {
        onMessage: (reply) => replies.push(reply),
        onClose: (error) => ended.push(error),
      },
    },
  );
  const send = (
    requestId: number,
    batches: ReadonlyArray<readonly [topicId: string, batch: Uint8Array]>,
    acks = -1,
  ): void => {
    const partitions = batches.map(([topicId, batch]) => ({
      topicId,
      partition: 0,
      lengthBytes: batch.length,
    }));
    const header = { requestId, acks, timeoutMs: 1000, partitions };
    stream.send({ header, body: batches.map(([, batch]) => batch) });
  };
  return { replies, ended, stream, send };
};

/** A client's fetch stream with the frames that have come. */
export const openFetch = (cluster: TestCluster, brokerId = 1) => {
  const frames: FetchFrame[] = [];
  const stream: Stream<FetchRequest> = cluster.client.open(
    cluster.broker(brokerId).clientAddress,
    ClientService.fetch,
    {
      lane: 'data',
      listener: { onMessage: (frame) => frames.push(frame), onClose: () => {} },
    },
  );
  const ask = (requestId: number, change: Partial<FetchRequest & FetchPartition> = {}): void => {
    const { topicId = 't', fetchOffset = 0, currentLeaderEpoch = -1, ...rest } = change;
    const target = { topicId, partition: 0, currentLeaderEpoch, fetchOffset, maxBytes: 1 << 20 };
    stream.send({
      requestId,
      maxWaitMs: 5000,
      minBytes: 1,
      maxBytes: 1 << 20,
      cancelRequestId: 0,
      partitions: [target],
      ...rest,
    });
  };
  const valuesIn = (frame: FetchFrame | undefined): string[] =>
    (frame?.body ?? []).flatMap((part) => recordsIn(part));
  return { frames, stream, ask, valuesIn };
};
