/** The claims of the Raft paper (extended version) on the log and its safety, §5.3 to §5.5. */
import { describe, expect, test } from 'vitest';
import { append, bytesOf, heartbeat, logOf, ofKind, SoloNode, termsOf, vote } from './fixture.ts';
import { Cluster } from './network.ts';

describe('§5.3 log replication', () => {
  test('a leader appends a proposal and sends it while its own disk still writes', () => {
    const node = new SoloNode().lead();
    node.confirm(2, 1);

    node.propose('a');
    const output = node.take();

    expect(termsOf(output.persist)).toEqual([1]);
    expect(ofKind(output.sendNow, 'append')).toMatchObject([
      { to: 2, prevIndex: 1, prevTerm: 1, entries: [{ index: 2, payload: bytesOf('a') }] },
    ]);
  });

  test('an entry is committed and applied once a majority holds it', () => {
    const node = new SoloNode({ voters: [1, 2, 3, 4, 5] }).lead();
    node.propose('a');
    node.settle();

    node.confirm(2, 2);
    expect(node.status.commitIndex).toBe(0);
    node.confirm(3, 2);

    expect(node.status.commitIndex).toBe(2);
    expect(node.applied.map((entry) => entry.kind)).toEqual(['leaderChange', 'data']);
  });

  test('followers learn the commit index with the next append, and apply in log order', () => {
    const node = new SoloNode();

    node.receive(append(1, logOf(1, 1, 1), { commitIndex: 2 }));

    expect(node.applied.map((entry) => entry.index)).toEqual([1, 2]);
  });

  test('a leader that moved its commit index tells it without waiting for a heartbeat', () => {
    const node = new SoloNode().lead();
    node.confirm(2, 1);
    node.propose('a');
    node.settle();

    const sent = node.confirm(2, 2);

    expect(ofKind(sent, 'append')).toMatchObject([{ to: 2, commitIndex: 2, entries: [] }]);
  });

  test.each([
    { prevIndex: 3, prevTerm: 1, why: 'ends before it' },
    { prevIndex: 2, prevTerm: 2, why: 'has another term there' },
  ])('an append is refused where the log $why', ({ prevIndex, prevTerm }) => {
    const node = new SoloNode({ entries: logOf(1, 1) });

    const sent = node.receive(append(2, [], { prevIndex, prevTerm }));

    expect(ofKind(sent, 'appendReply')).toMatchObject([{ success: false, term: 2 }]);
    expect(node.status.lastIndex).toBe(2);
  });

  test('an entry of another term is deleted with all behind it, on disk too', () => {
    const node = new SoloNode({ entries: logOf(1, 1, 1, 1) });
    const [second] = logOf(1, 2).slice(1);

    const output = node.receiveOnly(
      append(2, second === undefined ? [] : [second], { prevTerm: 1 }),
    );

    expect(output.persist).toMatchObject({ truncateFrom: 2, entries: [{ index: 2, term: 2 }] });
    expect(node.status).toMatchObject({ lastIndex: 2, lastTerm: 2, persistedIndex: 1 });
  });

  test('an ack leaves only after the entries are durable', () => {
    const node = new SoloNode();

    const output = node.receiveOnly(append(1, logOf(1)));

    expect(output.sendNow).toEqual([]);
    expect(output.persist?.entries.length).toBe(1);
    expect(ofKind(output.sendAfterPersist, 'appendReply')).toMatchObject([{ matchIndex: 1 }]);
  });

  test('a repeated ack waits for the first write, which is still under way', () => {
    const node = new SoloNode();
    const first = node.receiveOnly(append(1, logOf(1)));

    const again = node.receiveOnly(append(1, logOf(1)));

    expect(again.persist).toBeUndefined();
    expect(again.persistSeq).toBe(first.persist?.seq);
    expect(ofKind(again.sendAfterPersist, 'appendReply')).toMatchObject([{ matchIndex: 1 }]);
  });

  test('a refusal skips a whole term of the follower at once', () => {
    const node = new SoloNode({ entries: logOf(1, 4, 4, 4, 4) });

    const sent = node.receive(append(6, [], { prevIndex: 5, prevTerm: 3 }));

    expect(ofKind(sent, 'appendReply')).toMatchObject([{ hintIndex: 1, hintTerm: 1 }]);
  });

  test('a leader skips its own newer terms down to the hint', () => {
    const node = new SoloNode({ entries: logOf(1, 4, 5, 5) }).lead();

    const sent = node.receive({
      kind: 'appendReply',
      term: 6,
      from: 2,
      success: false,
      matchIndex: 0,
      hintIndex: 4,
      hintTerm: 4,
    });

    expect(ofKind(sent, 'append')).toMatchObject([{ to: 2, prevIndex: 2, prevTerm: 4 }]);
  });

  // Figure 7: the leader of term 8 has 1 1 1 4 4 5 5 6 6 6.
  test.each([
    { name: 'a', terms: [1, 1, 1, 4, 4, 5, 5, 6, 6] },
    { name: 'b', terms: [1, 1, 1, 4] },
    { name: 'c', terms: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6] },
    { name: 'd', terms: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7] },
    { name: 'e', terms: [1, 1, 1, 4, 4, 4, 4] },
    { name: 'f', terms: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3] },
  ])('figure 7 ($name): the follower ends with the log of the leader', ({ terms }) => {
    const leader = new SoloNode({
      entries: logOf(1, 1, 1, 4, 4, 5, 5, 6, 6, 6),
      hardState: { term: 7, votedFor: undefined },
    }).lead();
    const follower = new SoloNode({
      id: 2,
      entries: logOf(...terms),
      hardState: { term: 7, votedFor: undefined },
    });

    let sent = leader.tick(2);
    for (let round = 0; round < 10 && leader.status.commitIndex < 11; round += 1) {
      const replies = sent
        .filter(({ to }) => to === 2)
        .flatMap(({ message }) => follower.receive(message));
      sent = replies.flatMap(({ message }) => leader.receive(message));
    }

    expect(leader.status.commitIndex).toBe(11);
    expect(follower.status).toMatchObject({ lastIndex: 11, lastTerm: 8, persistedIndex: 11 });
  });

  test('appends in flight are bounded, and go on with the acks', () => {
    const node = new SoloNode({ config: { maxInflight: 2, maxAppendBytes: 1 } }).lead();
    node.confirm(2, 1);

    for (const text of ['a', 'b', 'c', 'd']) node.propose(text);
    const first = ofKind(node.settle(), 'append').filter((message) => message.to === 2);
    const next = ofKind(node.confirm(2, 2), 'append').filter((message) => message.to === 2);

    expect(first.map((message) => message.prevIndex)).toEqual([1, 2]);
    expect(next.map((message) => message.prevIndex)).toEqual([3]);
  });

  test('proposals are refused while too many bytes wait, and taken again after the commit', () => {
    const node = new SoloNode({ config: { maxUncommittedBytes: 4 } }).lead();
    node.confirm(2, 1);

    expect(node.propose('abcd')).toEqual({ index: 2, term: 1 });
    expect(node.propose('e')).toBeUndefined();
    node.settle();
    node.confirm(2, 2);

    expect(node.propose('e')).toEqual({ index: 3, term: 1 });
  });

  test('only a leader takes proposals', () => {
    const node = new SoloNode().follow(1);

    expect(node.propose('a')).toBeUndefined();
    expect(node.status.lastIndex).toBe(0);
  });
});

describe('§5.4 safety', () => {
  test.each([
    { last: { index: 9, term: 1 }, granted: false, why: 'a longer log of an older last term' },
    { last: { index: 2, term: 2 }, granted: false, why: 'a shorter log of the same last term' },
    { last: { index: 3, term: 2 }, granted: true, why: 'the same log' },
    { last: { index: 1, term: 3 }, granted: true, why: 'a shorter log of a newer last term' },
  ])('a candidate with $why: granted is $granted', ({ last, granted }) => {
    const node = new SoloNode({ entries: logOf(1, 2, 2) });

    const sent = node.receive(vote(5, 2, last));

    expect(ofKind(sent, 'voteReply')).toMatchObject([{ granted }]);
  });

  // Figure 8: an entry of term 2 on a majority may still be overwritten by a leader of term 3.
  test('a leader does not commit an entry of an earlier term by counting replicas', () => {
    const node = new SoloNode({ entries: logOf(1, 2) }).lead();

    node.confirm(2, 2);
    expect(node.status.commitIndex).toBe(0);
    node.confirm(2, 3);

    expect(node.status.commitIndex).toBe(3);
  });

  test('a follower commits no further than what the append proved to match', () => {
    const node = new SoloNode({ entries: logOf(1, 1, 1) });

    node.receive(append(2, [], { prevIndex: 1, prevTerm: 1, commitIndex: 3 }));

    expect(node.status.commitIndex).toBe(1);
  });

  test.each([
    { name: 'in an entry', message: append(2, logOf(2, 2, 2)) },
    { name: 'in its anchor', message: append(2, [], { prevIndex: 2, prevTerm: 2 }) },
  ])('an append that contradicts a committed entry $name stops the node', ({ message }) => {
    const node = new SoloNode();
    node.receive(append(1, logOf(1, 1), { commitIndex: 2 }));

    expect(() => node.receive(message)).toThrow(/committed/);
    expect(node.status).toMatchObject({ lastIndex: 2, lastTerm: 1 });
  });

  test('two leaders in one term stop the node', () => {
    const node = new SoloNode().follow(1);

    expect(() => node.receive(heartbeat(1, 3))).toThrow(/one leader/);
  });

  test('a leader is ready once its own leader-change entry is applied', () => {
    const node = new SoloNode({ entries: logOf(1, 1) }).lead();
    expect(node.outputs.some((output) => output.leaderReady !== undefined)).toBe(false);

    node.confirm(2, 3);

    expect(node.outputs.flatMap((output) => output.leaderReady ?? [])).toEqual([
      { term: 2, index: 3 },
    ]);
  });
});

describe('§5.5 crashes and repeated messages', () => {
  test('a repeated append changes nothing and is confirmed again', () => {
    const node = new SoloNode();
    node.receive(append(1, logOf(1, 1)));

    const sent = node.receive(append(1, logOf(1, 1)));

    expect(ofKind(sent, 'appendReply')).toMatchObject([{ success: true, matchIndex: 2 }]);
    expect(node.outputs.filter((output) => output.persist !== undefined).length).toBe(1);
  });

  test('a follower that was down receives what it missed', () => {
    const cluster = new Cluster();
    const leader = cluster.elect(1);
    const lost = cluster.node(3);
    cluster.crash(lost);
    for (const text of ['a', 'b']) cluster.propose(leader, text);
    cluster.settle();

    lost.restart();
    cluster.tickAll(4);

    expect(lost.appliedIndex).toBe(3);
    expect(lost.hash).toBe(leader.hash);
  });
});
