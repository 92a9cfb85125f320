import { describe, expect, it } from 'vitest';
import { OttlaError } from '../../../src/base/errors.ts';
import type { RaftEnvelope } from '../../../src/gen/ottla.ts';
import {
  envelope,
  heartbeat,
  NOTHING_SAID,
  OBSERVER,
  question,
  setUp,
  TWO_VOTERS,
  to,
} from './peers-fixture.ts';

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
