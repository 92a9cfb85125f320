import { describe, expect, it } from 'vitest';
import { OttlaError } from '../../../src/base/errors.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import type { Stream, StreamListener, Transport } from '../../../src/env/transport.ts';
import type { RaftEnvelope } from '../../../src/gen/ottla.ts';
import type { Envelope, RaftMessage } from '../../../src/raft/core/messages.ts';
import type { Ballot } from '../../../src/raft/core/voters.ts';
import { Peers } from '../../../src/raft/peers.ts';
import { toWire } from '../../../src/raft/wire.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const OBSERVER = 9;

const heartbeat = (from: number, term = 1): RaftMessage => ({ kind: 'timeoutNow', from, term });

/** As a release sends it that knows of no changes of voters, and says no versions. */
const NOTHING_SAID = {
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

const envelope = (message: RaftMessage, change: Partial<RaftEnvelope> = {}): RaftEnvelope => ({
  ...NOTHING_SAID,
  body: toWire(message),
  ...change,
});

const BALLOT: Ballot = {
  directoryId: 'directory-1',
  canVote: true,
  onlyIfNamed: false,
  address: 'one:1',
};

const to = (nodeId: number, message: RaftMessage): Envelope => ({
  to: nodeId,
  toDirectory: '',
  ballot: BALLOT,
  message,
});

/** A message that a voter answers. */
const question = (from: number): RaftMessage => ({
  kind: 'preVote',
  from,
  term: 1,
  lastIndex: 0,
  lastTerm: 0,
});

/** A stream under the hand of the test. */
class FakeStream implements Stream<RaftEnvelope> {
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

interface Opened {
  readonly address: string;
  readonly stream: FakeStream;
  readonly listener: StreamListener<RaftEnvelope>;
}

const TWO_VOTERS = [
  [1, 'one:1'],
  [2, 'two:1'],
] as const;

const setUp = (
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
    const context = { peer: 'two:1', signal: new AbortController().signal };
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

describe('the addresses of voters', () => {
  it('are those of the set in force: one that is elsewhere is reached there', () => {
    const { peers, opened, addresses } = setUp();
    peers.send(to(2, heartbeat(1)));

    addresses.set(2, 'elsewhere:1');
    peers.send(to(2, heartbeat(1)));

    expect(opened.map(({ address }) => address)).toEqual(['two:1', 'elsewhere:1']);
    expect(opened[0]?.stream.isClosed).toBe(true);
  });

  it('keep their stream when the set names them no more', () => {
    const { peers, opened, addresses } = setUp();
    peers.send(to(2, heartbeat(1)));

    addresses.delete(2);
    peers.send(to(2, heartbeat(1)));

    expect(opened).toHaveLength(1);
    expect(opened[0]?.stream.sent).toHaveLength(2);
  });

  it('are learnt of a leader that the set does not name, by a hint', () => {
    const { peers, opened } = setUp();
    peers.send(to(2, heartbeat(1)));
    const hint = { kind: 'leaderHint', term: 1, from: 2, leaderId: 7 } as const;
    opened[0]?.listener.onMessage(envelope({ ...hint, leaderAddress: 'seven:1' }));

    peers.send(to(7, heartbeat(1)));

    expect(opened.at(-1)?.address).toBe('seven:1');
    expect(peers.hintedAddress(7)).toBe('seven:1');
  });
});

describe('a voter that is not where the set has it', () => {
  const from2 = (directory: string) =>
    envelope(heartbeat(2), { fromDirectory: directory, fromAddress: 'moved:1', canVote: true });
  /** The stream ends, and a moment later there is something to say again. */
  const breakAndSend = ({ clock, opened, peers }: ReturnType<typeof setUp>): void => {
    opened.at(-1)?.listener.onClose(new Error('refused'));
    clock.advance(50);
    peers.send(to(2, heartbeat(1)));
  };

  it('is sought where it says itself, then where the configuration has it, and in the set again', () => {
    const fixture = setUp();
    fixture.startAddresses.set(2, 'start:1');
    fixture.accept().listener.onMessage(from2('directory-2'));
    fixture.peers.send(to(2, heartbeat(1)));

    for (let count = 0; count < 3; count += 1) breakAndSend(fixture);

    const addresses = fixture.opened.map(({ address }) => address);
    expect(addresses).toEqual(['two:1', 'moved:1', 'start:1', 'two:1']);
  });

  it('is not another directory of its number', () => {
    const fixture = setUp();
    fixture.accept().listener.onMessage(from2('another'));
    fixture.peers.send(to(2, heartbeat(1)));

    breakAndSend(fixture);

    expect(fixture.opened.map(({ address }) => address)).toEqual(['two:1', 'two:1']);
  });

  it('is left alone where another directory answers in its place', () => {
    const fixture = setUp();
    fixture.startAddresses.set(2, 'start:1');
    fixture.peers.send(to(2, heartbeat(1)));
    breakAndSend(fixture);

    fixture.opened.at(-1)?.listener.onMessage(from2('another'));

    expect(fixture.opened.map(({ stream }) => stream.isClosed)).toEqual([false, true]);
  });
});

describe('a leader that is not where the set has it', () => {
  const hintOf = (leaderAddress: string): RaftMessage => ({
    kind: 'leaderHint',
    term: 1,
    from: OBSERVER,
    leaderId: 2,
    leaderAddress,
  });

  /** Refused where the set has it, and found where a hint says. */
  const found = () => {
    const fixture = setUp();
    const { clock, opened, peers, accept } = fixture;
    peers.send(to(2, question(1)));
    const { listener, stream } = accept();
    listener.onMessage(envelope(hintOf('moved:1')));
    opened.at(-1)?.listener.onClose(new Error('refused'));
    clock.advance(50);
    peers.send(to(2, question(1)));
    return { ...fixture, stream };
  };

  it('is found by a hint, and told to be there', () => {
    const { peers, opened } = found();

    expect(opened.map(({ address }) => address)).toEqual(['two:1', 'moved:1']);
    expect(peers.addressInUse(2)).toBe('moved:1');
  });

  it('is hinted at where it was found', () => {
    const { peers, stream } = found();

    peers.send(to(OBSERVER, { ...hintOf('two:1'), from: 1 }));

    expect(stream.sent.map(({ body }) => body?.value)).toMatchObject([
      { leaderAddress: 'moved:1' },
    ]);
  });
});

describe('streams to voters', () => {
  it('are opened by the first message and used for all that follow', () => {
    const { peers, opened } = setUp();

    for (const term of [1, 2]) peers.send(to(2, heartbeat(1, term)));

    expect(opened.map(({ address }) => address)).toEqual(['two:1']);
    expect(opened[0]?.stream.sent).toHaveLength(2);
  });

  it('are opened again a moment after they broke, not at once', () => {
    const { clock, peers, opened, unreachable } = setUp();
    peers.send(to(2, heartbeat(1)));
    opened[0]?.listener.onClose(new Error('reset'));
    peers.send(to(2, heartbeat(1)));
    const atOnce = opened.length;

    clock.advance(50);
    peers.send(to(2, heartbeat(1)));

    expect([atOnce, opened.length, unreachable]).toEqual([1, 2, [2]]);
  });

  it('are opened again though the first closed before it was returned', () => {
    const { clock, peers, opened } = setUp((listener) => listener.onClose(undefined));
    peers.send(to(2, heartbeat(1)));

    clock.advance(50);
    peers.send(to(2, heartbeat(1)));

    expect(opened).toHaveLength(2);
  });

  it('get nothing more while too much waits in them', () => {
    const { peers, opened } = setUp();
    peers.send(to(2, heartbeat(1)));
    const [first] = opened;
    if (first !== undefined) first.stream.pendingBytes = 17 * 1024 * 1024;

    peers.send(to(2, heartbeat(1)));

    expect(first?.stream.sent).toHaveLength(1);
  });

  it('are closed in silence when this node stops, and no other is opened', () => {
    const { peers, opened, unreachable } = setUp();
    peers.send(to(2, heartbeat(1)));

    peers.close();
    opened[0]?.listener.onClose(undefined);
    peers.send(to(2, heartbeat(1)));

    expect(opened.map(({ stream }) => stream.isClosed)).toEqual([true]);
    expect(unreachable).toEqual([]);
  });
});

describe('streams to a voter that says nothing', () => {
  /** Asks every 100 ms, for 2 s. */
  const askOn = (
    { clock, peers }: Pick<ReturnType<typeof setUp>, 'clock' | 'peers'>,
    { message = question(1), afterEach = () => {} } = {},
  ): void => {
    for (let count = 0; count < 20; count += 1) {
      peers.send(to(2, message));
      afterEach();
      clock.advance(100);
    }
  };

  it('are given up for silence after 1.5 s, and replaced at once', () => {
    const { clock, peers, opened, unreachable } = setUp();

    askOn({ clock, peers });
    opened[0]?.listener.onClose(undefined);

    const [first, second] = opened.map(({ stream }) => stream);
    expect(first?.closedWith).toMatchObject({ code: 'REQUEST_TIMED_OUT' });
    expect([opened.length, first?.sent.length, second?.sent.length]).toEqual([2, 16, 4]);
    expect(unreachable).toEqual([2]);
  });

  it('are kept while it is heard on the stream that it opened', () => {
    const { clock, peers, opened, accept } = setUp();
    const { listener } = accept();

    askOn({ clock, peers }, { afterEach: () => listener.onMessage(envelope(heartbeat(2))) });

    expect(opened).toHaveLength(1);
  });

  it('are kept where nothing that was sent asks for an answer', () => {
    const { clock, peers, opened } = setUp();
    const message: RaftMessage = { kind: 'preVoteReply', from: 1, term: 1, granted: false };

    askOn({ clock, peers }, { message });

    expect(opened).toHaveLength(1);
  });

  it('have all their time again once they broke and were opened anew', () => {
    const { clock, peers, opened } = setUp();
    peers.send(to(2, question(1)));
    clock.advance(1400);
    opened[0]?.listener.onClose(new Error('reset'));
    clock.advance(200);

    for (let count = 0; count < 2; count += 1) peers.send(to(2, question(1)));

    expect(opened).toHaveLength(2);
  });
});

describe('streams from other nodes', () => {
  it('carry the answers to a node whose address is not known', () => {
    const { peers, accept } = setUp();
    const { stream, listener } = accept();
    listener.onMessage(envelope(heartbeat(OBSERVER)));

    peers.send(to(OBSERVER, heartbeat(1)));

    expect(stream.sent).toHaveLength(1);
  });

  it('replace the one before them, whose late words and end change nothing', () => {
    const { peers, accept, unreachable } = setUp();
    const old = accept();
    old.listener.onMessage(envelope(heartbeat(OBSERVER)));
    const young = accept();
    young.listener.onMessage(envelope(heartbeat(OBSERVER)));
    old.listener.onMessage(envelope(heartbeat(OBSERVER)));
    old.listener.onClose(undefined);

    peers.send(to(OBSERVER, heartbeat(1)));

    expect([old.stream.sent.length, young.stream.sent.length]).toEqual([0, 1]);
    expect([old.stream.isClosed, unreachable]).toEqual([true, []]);
  });

  it('tell by their end that a node may be dead', () => {
    const { accept, unreachable } = setUp();
    const { listener } = accept();
    listener.onMessage(envelope(heartbeat(2)));

    listener.onClose(new Error('reset'));

    expect(unreachable).toEqual([2]);
  });

  it('are refused once this node has stopped', () => {
    const { peers, accept } = setUp();
    peers.close();

    const { stream } = accept();

    expect(stream.isClosed).toBe(true);
  });

  it.each([
    ['of another cluster', envelope(heartbeat(2), { clusterId: 'other' })],
    ['for another node', envelope(heartbeat(2), { to: 3 })],
    ['without a body', NOTHING_SAID],
    [
      'that is malformed',
      {
        ...NOTHING_SAID,
        body: { kind: 'installSnapshotReply', value: { term: 1, from: 2, offset: 0 } },
      } satisfies RaftEnvelope,
    ],
  ])('drop a message %s', (_, dropped) => {
    const { accept, received } = setUp();
    const { listener } = accept();

    listener.onMessage(dropped);

    expect(received).toEqual([]);
  });
});

describe('a node of the wrong cluster', () => {
  const THREE_VOTERS = [...TWO_VOTERS, [3, 'three:1']] as const;
  const refusal = new OttlaError('INCONSISTENT_CLUSTER_ID', 'the message is of another cluster');

  it('is told so by the end of its stream', () => {
    const { accept } = setUp();
    const { stream, listener } = accept();

    listener.onMessage(envelope(heartbeat(2), { clusterId: 'other' }));

    expect(stream.isClosed).toBe(true);
  });

  it('knows it once most voters have refused it', () => {
    const { peers, opened, foreign } = setUp(undefined, THREE_VOTERS);
    peers.send(to(2, heartbeat(1)));
    peers.send(to(3, heartbeat(1)));

    for (const { listener } of opened) listener.onClose(refusal);

    expect(foreign.map(({ code }) => code)).toEqual(['INCONSISTENT_CLUSTER_ID']);
  });

  it('is not this one when a single voter of three refuses it', () => {
    const { peers, opened, foreign, clock } = setUp(undefined, THREE_VOTERS);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      peers.send(to(2, heartbeat(1)));
      opened.at(-1)?.listener.onClose(refusal);
      clock.advance(100);
    }

    expect(foreign).toEqual([]);
  });

  it('is not this one where a configuration still has voters of before, who serve others now', () => {
    const { peers, opened, foreign, startAddresses } = setUp();
    for (const id of [7, 8]) startAddresses.set(id, `node-${id}:1`);
    for (const id of [7, 8]) peers.send(to(id, question(1)));

    for (const { listener } of opened) listener.onClose(refusal);

    expect(opened).toHaveLength(2);
    expect(foreign).toEqual([]);
  });

  it('is not this one when a voter that refused it talks to it later', () => {
    const { peers, opened, foreign, clock } = setUp(undefined, THREE_VOTERS);
    peers.send(to(2, heartbeat(1)));
    opened.at(-1)?.listener.onClose(refusal);
    clock.advance(100);
    peers.send(to(2, heartbeat(1)));
    opened.at(-1)?.listener.onMessage(envelope(heartbeat(2)));

    peers.send(to(3, heartbeat(1)));
    opened.at(-1)?.listener.onClose(refusal);

    expect(foreign).toEqual([]);
  });
});

describe('which versions another node knows', () => {
  it('is what it said with its last message, and what this node says with each', () => {
    const { peers, accept } = setUp();
    const { stream, listener } = accept();
    const range = { minMetadataVersion: 2, maxMetadataVersion: 5 };

    listener.onMessage(envelope(heartbeat(OBSERVER), range));
    peers.send(to(OBSERVER, heartbeat(1)));

    expect(peers.versionsOf(OBSERVER)).toEqual({ isHeard: true, range: { min: 2, max: 5 } });
    expect(stream.sent[0]).toMatchObject({ minMetadataVersion: 1, maxMetadataVersion: 3 });
  });

  it('is not known of one whose release does not say', () => {
    const { peers, accept } = setUp();

    accept().listener.onMessage(envelope(heartbeat(2)));

    expect(peers.versionsOf(2)).toEqual({ isHeard: true, range: undefined });
  });

  it('is not known of one that was silent for seconds: it may be back with another', () => {
    const { clock, peers, accept } = setUp();
    const range = { minMetadataVersion: 1, maxMetadataVersion: 5 };
    accept().listener.onMessage(envelope(heartbeat(2), range));

    clock.advance(3001);

    expect(peers.versionsOf(2)).toEqual({ isHeard: false, range: undefined });
  });
});
