import { expect, test } from 'vitest';
import { OrderedReplies } from '../../../../src/broker/client/ordered-replies.ts';

const setUp = () => {
  const sent: string[] = [];
  return { sent, replies: new OrderedReplies<string>((reply) => sent.push(reply)) };
};

test('a reply waits for the one before it that shares a key', () => {
  const { sent, replies } = setUp();
  const first = replies.open(['p']);
  const second = replies.open(['p']);

  second.fill('second');
  expect(sent).toEqual([]);
  first.fill('first');

  expect(sent).toEqual(['first', 'second']);
});

test('a reply passes the ones it shares no key with', () => {
  const { sent, replies } = setUp();
  replies.open(['p']);

  replies.open(['q']).fill('q');

  expect(sent).toEqual(['q']);
});

test('a reply with several keys waits for all of them', () => {
  const { sent, replies } = setUp();
  const p = replies.open(['p']);
  const q = replies.open(['q']);
  replies.open(['p', 'q']).fill('both');

  p.fill('p');
  expect(sent).toEqual(['p']);
  q.fill('q');

  expect(sent).toEqual(['p', 'q', 'both']);
});

test('each reply is sent once, where two that it waits for go in one go', () => {
  const { sent, replies } = setUp();
  const first = replies.open(['p', 'q']);
  replies.open(['q']).fill('second');
  replies.open(['p', 'q']).fill('third');

  first.fill('first');

  expect(sent).toEqual(['first', 'second', 'third']);
  expect(replies.waitingCount).toBe(0);
});

test('a request that names a partition twice does not wait for itself', () => {
  const { sent, replies } = setUp();

  replies.open(['p', 'p']).fill('reply');

  expect(sent).toEqual(['reply']);
});
