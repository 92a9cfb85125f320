import type { ErrorCode } from '../../../src/base/errors.ts';
import { errorNumber, OttlaError } from '../../../src/base/errors.ts';
import type { Clock } from '../../../src/env/clock.ts';
import type { Handler, Stream, StreamListener } from '../../../src/env/transport.ts';
import { onCall, onStream } from '../../../src/env/transport.ts';
import type {
  BacklogPartition,
  BacklogResult,
  FetchFrame,
  FetchRequest,
  FetchResult,
  ListOffsetsPartition,
  ListOffsetsResult,
  ProduceFrame,
  ProduceReply,
  ProduceResult,
} from '../../../src/gen/ottla.ts';
import { ClientService } from '../../../src/gen/ottla.ts';
import type { AppendResult, FakePartition } from './fake-partition.ts';

/** What a planted fault does to one request on one partition. */
export type ProduceFault =
  | { readonly kind: 'refuse'; readonly code: ErrorCode }
  /** The batch is appended and yet the answer is this error. */
  | { readonly kind: 'refuseAfterAppend'; readonly code: ErrorCode }
  | { readonly kind: 'breakBefore' }
  | { readonly kind: 'breakAfter' };

/** What the brokers share. */
export interface FakeState {
  readonly clock: Clock;
  find(topicId: string, partition: number): FakePartition | undefined;
  /** The fault for this request, if one is planted; it is used up. */
  takeProduceFault(brokerId: number, partition: number): ProduceFault | undefined;
  takeFetchFault(partition: number): ErrorCode | undefined;
  /** Damages the next fetched body. */
  takeDamage(): boolean;
  readonly givesHints: boolean;
  /** What the next change is answered with. */
  readonly adminFailures: ErrorCode[];
}

const broken = (): OttlaError => new OttlaError('NETWORK_EXCEPTION', 'the connection broke');

/** The data side of one broker: produce, fetch and list offsets. */
export class FakeBroker {
  readonly brokerId: number;
  readonly #state: FakeState;
  /** Requests held back while the process is paused. */
  #held: Array<() => void> | undefined;
  produceFrameCount = 0;
  fetchRequestCount = 0;

  constructor(brokerId: number, state: FakeState) {
    this.brokerId = brokerId;
    this.#state = state;
  }

  /** The process stops: connections stay, nothing is answered. */
  pause(): void {
    this.#held ??= [];
  }

  /** What came meanwhile is worked off. */
  resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const work of held) work();
  }

  handlers(): Handler[] {
    return [
      onStream(ClientService.produce, (stream) => this.#acceptProduce(stream)),
      onStream(ClientService.fetch, (stream) => this.#acceptFetch(stream)),
      onCall(ClientService.listOffsets, async ({ partitions }) => {
        await this.whenRunning();
        return { partitions: partitions.map((asked) => this.#listOffset(asked)) };
      }),
      onCall(ClientService.cancelDelayed, async ({ records }) => {
        await this.whenRunning();
        const errorCode = errorNumber(this.#state.adminFailures.shift() ?? 'NONE');
        const results = records.map(({ topicId, partition }) => ({
          topicId,
          partition,
          errorCode,
        }));
        return { records: results };
      }),
      onCall(ClientService.backlog, async ({ partitions }) => {
        await this.whenRunning();
        return { partitions: partitions.map((asked) => this.#backlog(asked)) };
      }),
    ];
  }

  whenRunning(): Promise<void> {
    return new Promise((resolve) => this.#run(resolve));
  }

  #run(work: () => void): void {
    if (this.#held === undefined) work();
    else this.#held.push(work);
  }

  #acceptProduce(stream: Stream<ProduceReply>): StreamListener<ProduceFrame> {
    let isOpen = true;
    return {
      onMessage: (frame) =>
        this.#run(() => {
          this.produceFrameCount += 1;
          const reply = isOpen ? this.#produce(frame) : undefined;
          if (!isOpen) return;
          if (reply === undefined) stream.close(broken());
          else if (frame.header.acks !== 0 || hasFailed(reply)) stream.send(reply);
          if (reply === undefined) isOpen = false;
        }),
      onClose: () => {
        isOpen = false;
      },
    };
  }

  /** Undefined: the connection breaks instead of an answer. */
  #produce({ header, body }: ProduceFrame): ProduceReply | undefined {
    const bytes = Buffer.concat([...body]);
    const results: ProduceResult[] = [];
    let position = 0;
    for (const { topicId, partition, lengthBytes } of header.partitions) {
      const batch = bytes.subarray(position, position + lengthBytes);
      position += lengthBytes;
      const fault = this.#state.takeProduceFault(this.brokerId, partition);
      if (fault?.kind === 'breakBefore') return undefined;
      const log = this.#state.find(topicId, partition);
      const done = fault?.kind === 'refuse' ? refused(fault.code) : this.#append(log, batch);
      if (fault?.kind === 'breakAfter') return undefined;
      const code = fault?.kind === 'refuseAfterAppend' ? fault.code : done.code;
      const isElsewhere = code === 'NOT_LEADER_OR_FOLLOWER' && this.#state.givesHints;
      results.push({
        topicId,
        partition,
        errorCode: errorNumber(code),
        errorMessage: '',
        baseOffset: code === 'NONE' ? done.baseOffset : -1,
        logStartOffset: 0,
        refusedRecords: code === done.code ? (done.refusedRecords ?? []) : [],
        recordOffsets: [],
        leaderHint: isElsewhere && log !== undefined ? hintOf(log) : undefined,
      });
    }
    return { requestId: header.requestId, results };
  }

  #append(log: FakePartition | undefined, batch: Uint8Array): AppendResult {
    if (log === undefined) return refused('UNKNOWN_TOPIC_ID');
    if (log.leader !== this.brokerId) return refused('NOT_LEADER_OR_FOLLOWER');
    return log.append(batch);
  }

  #acceptFetch(stream: Stream<FetchFrame>): StreamListener<FetchRequest> {
    let isOpen = true;
    return {
      onMessage: (request) =>
        this.#run(() => {
          this.fetchRequestCount += 1;
          const endsMs = this.#state.clock.monotonicMs() + request.maxWaitMs;
          this.#fetch(request, endsMs, (frame) => {
            if (isOpen) stream.send(frame);
          });
        }),
      onClose: () => {
        isOpen = false;
      },
    };
  }

  /** Answers when there is something, or when the time is over. */
  #fetch(request: FetchRequest, endsMs: number, answer: (frame: FetchFrame) => void): void {
    const { clock } = this.#state;
    const frame = this.#read(request);
    const hasNews = frame.header.partitions.some((it) => it.lengthBytes > 0 || it.errorCode !== 0);
    if (hasNews || clock.monotonicMs() >= endsMs) {
      answer(frame);
      return;
    }
    let isDone = false;
    const again = (): void => {
      if (isDone) return;
      isDone = true;
      timer.cancel();
      this.#run(() => this.#fetch(request, endsMs, answer));
    };
    const timer = clock.setTimer(endsMs - clock.monotonicMs(), again);
    for (const { topicId, partition } of request.partitions) {
      this.#state.find(topicId, partition)?.whenChanged(again);
    }
  }

  #read(request: FetchRequest): FetchFrame {
    const body: Uint8Array[] = [];
    const partitions = request.partitions.map((asked): FetchResult => {
      const log = this.#state.find(asked.topicId, asked.partition);
      const code = this.#state.takeFetchFault(asked.partition) ?? this.#fetchError(log, asked);
      const isElsewhere = code === 'NOT_LEADER_OR_FOLLOWER' && this.#state.givesHints;
      const found = code === 'NONE' ? (log?.read(asked.fetchOffset, asked.maxBytes) ?? []) : [];
      body.push(...found);
      return {
        topicId: asked.topicId,
        partition: asked.partition,
        errorCode: errorNumber(code),
        highWatermark: log?.endOffset ?? -1,
        logStartOffset: log?.logStartOffset ?? -1,
        lengthBytes: found.reduce((sum, bytes) => sum + bytes.length, 0),
        leaderHint: isElsewhere && log !== undefined ? hintOf(log) : undefined,
      };
    });
    const bytes = Buffer.concat(body);
    const last = bytes.length - 1;
    if (last > 0 && this.#state.takeDamage()) bytes[last] = (bytes[last] ?? 0) ^ 0xff;
    return { header: { requestId: request.requestId, partitions }, body: [bytes] };
  }

  #fetchError(
    log: FakePartition | undefined,
    asked: { readonly fetchOffset: number; readonly currentLeaderEpoch: number },
  ): ErrorCode {
    if (log === undefined) return 'UNKNOWN_TOPIC_ID';
    if (log.leader !== this.brokerId) return 'NOT_LEADER_OR_FOLLOWER';
    if (asked.currentLeaderEpoch >= 0 && asked.currentLeaderEpoch < log.leaderEpoch) {
      return 'FENCED_LEADER_EPOCH';
    }
    const isInside = asked.fetchOffset >= log.logStartOffset && asked.fetchOffset <= log.endOffset;
    return isInside ? 'NONE' : 'OFFSET_OUT_OF_RANGE';
  }

  #listOffset({ topicId, partition, timestampMs }: ListOffsetsPartition): ListOffsetsResult {
    const log = this.#state.find(topicId, partition);
    const isLeader = log?.leader === this.brokerId;
    const code: ErrorCode =
      log === undefined ? 'UNKNOWN_TOPIC_ID' : isLeader ? 'NONE' : 'NOT_LEADER_OR_FOLLOWER';
    const offset = log === undefined || !isLeader ? -1 : offsetOf(log, timestampMs);
    const leaderEpoch = log?.leaderEpoch ?? -1;
    return {
      topicId,
      partition,
      errorCode: errorNumber(code),
      offset,
      timestampMs: -1,
      leaderEpoch,
    };
  }

  #backlog({ topicId, partition, offset }: BacklogPartition): BacklogResult {
    const log = this.#state.find(topicId, partition);
    const code: ErrorCode = log === undefined ? 'UNKNOWN_TOPIC_ID' : 'NOT_LEADER_OR_FOLLOWER';
    const isLeader = log?.leader === this.brokerId;
    const record = isLeader ? log.records.find((each) => each.offset >= offset) : undefined;
    return {
      topicId,
      partition,
      errorCode: errorNumber(isLeader ? 'NONE' : code),
      logStartOffset: log?.logStartOffset ?? -1,
      highWatermark: log?.endOffset ?? -1,
      recordOffset: record?.offset ?? -1,
      recordTimestampMs: record?.timestampMs ?? -1,
      nowMs: this.#state.clock.wallMs(),
    };
  }
}

const hasFailed = ({ results }: ProduceReply): boolean =>
  results.some(({ errorCode }) => errorCode !== 0);

const refused = (code: ErrorCode): AppendResult => ({
  code,
  baseOffset: -1,
});

const hintOf = (log: FakePartition): { leaderId: number; leaderEpoch: number } => ({
  leaderId: log.leader,
  leaderEpoch: log.leaderEpoch,
});

const offsetOf = (log: FakePartition, timestampMs: number): number => {
  if (timestampMs === -1) return log.endOffset;
  if (timestampMs === -2) return log.logStartOffset;
  return log.offsetAt(timestampMs);
};
