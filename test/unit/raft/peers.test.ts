import { describe, expect, it } from 'vitest';
import type { RaftMessage } from '../../../src/raft/core/messages.ts';
import { envelope, heartbeat, OBSERVER, question, setUp, to } from './peers-fixture.ts';

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
