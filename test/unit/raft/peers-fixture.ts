import type { OttlaError } from '../../../src/base/errors.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import type { Stream, StreamListener, Transport } from '../../../src/env/transport.ts';
import type { RaftEnvelope } from '../../../src/gen/ottla.ts';
import type { Envelope, RaftMessage } from '../../../src/raft/core/messages.ts';
import type { Ballot } from '../../../src/raft/core/voters.ts';
import { Peers } from '../../../src/raft/peers.ts';
import { toWire } from '../../../src/raft/wire.ts';
import { ManualClock } from '../../support/manual-clock.ts';

export const OBSERVER = 9;

export const heartbeat = (from: number, term = 1): RaftMessage => ({
  kind: 'timeoutNow',
  from,
  term,
});

/** As a release sends it that knows of no changes of voters, and says no versions. */
export const NOTHING_SAID = {
  clusterId: 'cluster',
  to: 1,
  toDirectory: '',
  fromDirectory: '',
  canVote: false,
  onlyIfNamed: false,
  fromAddress: '',
  minMetadataVersion: 0,
  maxMetadataVersion: 0,
};

export const envelope = (
  message: RaftMessage,
  change: Partial<RaftEnvelope> = {},
): RaftEnvelope => ({
  ...NOTHING_SAID,
  body: toWire(message),
  ...change,
});

export const BALLOT: Ballot = {
  directoryId: 'directory-1',
  canVote: true,
  onlyIfNamed: false,
  address: 'one:1',
};

export const to = (nodeId: number, message: RaftMessage): Envelope => ({
  to: nodeId,
  toDirectory: '',
  ballot: BALLOT,
  message,
});

/** A message that a voter answers. */
export const question = (from: number): RaftMessage => ({
  kind: 'preVote',
  from,
  term: 1,
  lastIndex: 0,
  lastTerm: 0,
});

/** A stream under the hand of the test. */
export class FakeStream implements Stream<RaftEnvelope> {
  readonly sent: RaftEnvelope[] = [];
  pendingBytes = 0;
  pause(): void {}
  resume(): void {}
  isClosed = false;
  closedWith: Error | undefined;

  send(message: RaftEnvelope): boolean {
    this.sent.push(message);
    return true;
  }

  close(error?: Error): void {
    this.isClosed = true;
    this.closedWith = error;
  }
}

export interface Opened {
  readonly address: string;
  readonly stream: FakeStream;
  readonly listener: StreamListener<RaftEnvelope>;
}

export const TWO_VOTERS = [
  [1, 'one:1'],
  [2, 'two:1'],
] as const;

export const setUp = (
  onOpen: (listener: StreamListener<RaftEnvelope>) => void = () => {},
  voters: ReadonlyArray<readonly [number, string]> = TWO_VOTERS,
) => {
  const clock = new ManualClock();
  const opened: Opened[] = [];
  const received: RaftMessage[] = [];
  const addresses = new Map(voters);
  const startAddresses = new Map<number, string>();
  const unreachable: number[] = [];
  const foreign: OttlaError[] = [];
  const transport = {
    open: (address: string, _: unknown, options: { listener: StreamListener<RaftEnvelope> }) => {
      const stream = new FakeStream();
      opened.push({ address, stream, listener: options.listener });
      onOpen(options.listener);
      return stream;
    },
  } as unknown as Transport;
  const peers = new Peers({
    clusterId: 'cluster',
    nodeId: 1,
    versions: { min: 1, max: 3 },
    voter: (id) => {
      const address = addresses.get(id);
      return address === undefined ? undefined : { id, directoryId: `directory-${id}`, address };
    },
    announcedAddress: () => undefined,
    startAddresses,
    voterCount: () => voters.length,
    transport,
    clock,
    logger: silentLogger,
    onMessage: ({ message }) => received.push(message),
    onUnreachable: (nodeId) => unreachable.push(nodeId),
    onForeign: (error) => foreign.push(error),
  });
  const handler = peers.handler();
  const accept = (): { stream: FakeStream; listener: StreamListener<RaftEnvelope> } => {
    const stream = new FakeStream();
    if (!('accept' in handler)) throw new Error('the handler takes streams');
    const { signal } = new AbortController();
    const context = { peer: 'two:1', signal, patienceMs: Number.POSITIVE_INFINITY };
    const listener = handler.accept(stream, context) as StreamListener<RaftEnvelope>;
    return { stream, listener };
  };
  return {
    addresses,
    startAddresses,
    clock,
    opened,
    received,
    unreachable,
    foreign,
    peers,
    accept,
  };
};
