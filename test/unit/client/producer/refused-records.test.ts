import { describe, expect, test } from 'vitest';
import { json } from '../../../../src/client/serde/json.ts';
import { outcomeAfter, startWorld } from '../fixture.ts';

/** How the sending of something that is no record, or no good one, ends; nothing is sent. */
const refusalOf = async (record: unknown): Promise<unknown> => {
  const world = await startWorld();
  world.cluster.createTopic('t');
  const producer = world.client.producer();
  const { error } = await outcomeAfter(world.clock, 200, producer.send(record as never));
  expect(world.cluster.partition('t').endOffset).toBe(0);
  expect(producer.bufferedBytes).toBe(0);
  return error;
};

const INVALID = { code: 'INVALID_RECORD', retriable: false, maybeApplied: false };

describe('headers', () => {
  test.each([
    [{ h: 5 }, 'header "h" of a record for t: is a number: give text, bytes or null'],
    [{ h: undefined }, 'header "h" of a record for t: is undefined: give text, bytes or null'],
    [{ h: 'a\ud800' }, 'header "h" of a record for t: has a lone surrogate at index 1'],
    [{ '\udc00': 'a' }, 'header "\\udc00" of a record for t: its name has a lone surrogate'],
    [null, 'headers of a record for t are null: give a plain object, or leave them out'],
    [[{ key: 'h', value: 'v' }], 'headers of a record for t are an array: give a plain object'],
    [new Map([['h', 'v']]), 'headers of a record for t are an object (Map): give a plain object'],
  ])('%o are refused at send, naming what is wrong', async (headers, message) => {
    const error = await refusalOf({ topic: 't', value: 'v', headers });

    expect(error).toMatchObject({ ...INVALID, topic: 't' });
    expect(String(error)).toContain(message);
  });

  test('of an object without a prototype are taken', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const headers = Object.assign(Object.create(null), { h: 'v' });

    const sent = world.client.producer().send({ topic: 't', value: 'v', headers });
    await outcomeAfter(world.clock, 200, sent);

    const [record] = world.cluster.partition('t').records;
    expect(record?.headers?.map(({ key }) => key)).toEqual(['h']);
  });
});

describe('what is no record', () => {
  test.each([undefined, null, 'text'])('%o is refused at send by name', async (record) => {
    const error = await refusalOf(record);

    expect(error).toMatchObject(INVALID);
    expect(String(error)).toContain(': give an object with topic and value');
  });

  test('a batch that is no list is refused by name', async () => {
    const world = await startWorld();

    const sent = world.client.producer().sendBatch({ topic: 't' } as never);

    await expect(sent).rejects.toMatchObject(INVALID);
    await expect(sent).rejects.toThrow('sendBatch takes a list of records, not an object (Object)');
  });
});

test('a value that would be changed on its way is refused, naming topic and field', async () => {
  const { client } = await startWorld();
  const producer = client.producer({ serializers: { value: json<object>() } });

  const sent = producer.send({ topic: 't', value: { price: { net: Number.NaN } } });

  await expect(sent).rejects.toMatchObject({ code: 'SERIALIZATION', topic: 't' });
  await expect(sent).rejects.toThrow(
    'value of a record for t (json): at price.net: JSON cannot hold NaN',
  );
});

test('a reason of several lines becomes one', async () => {
  const { client } = await startWorld();
  const serialize = (): never => {
    throw new Error('first\n    second');
  };
  const producer = client.producer({ serializers: { value: { name: 'own', serialize } } });

  const sent = producer.send({ topic: 't', value: 'v' as never });

  await expect(sent).rejects.toThrow('value of a record for t (own): first second');
});
