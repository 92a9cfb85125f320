import { afterEach, expect, it } from 'vitest';
import type { World } from '../world.ts';
import { APART, worldWithTopic } from './scenario.ts';

let world: World;

afterEach(() => {
  world?.close();
});

const LATE_MS = 5000;

/** Every such request comes once more, after others were answered. */
const repeatLate = (path: RegExp): void => {
  world.network.repeatAfterMs = (sent) => (path.test(sent) ? LATE_MS : undefined);
};

const send = async (value: string): Promise<void> => {
  await using producer = world.client('producer').sdk.producer();
  await world.outcome(producer.send({ topic: 't', partition: 0, value }), value);
};

/** What a reader from the start is given first. */
const firstValue = async (): Promise<string | undefined> => {
  const reader = world.client('reader').sdk.reader({ topic: 't', from: 'earliest' });
  const read = async (): Promise<string | undefined> => {
    for await (const { value } of reader) return Buffer.from(value ?? []).toString();
    return undefined;
  };
  return await world.outcome(read(), 'reading');
};

it.each([
  ['the client sends', /ClientService.DeleteTopics/],
  ['a broker passes on', /ControllerService.DeleteTopics/],
])('a deletion that %s, come late, leaves the topic that was made anew', async (_who, path) => {
  world = await worldWithTopic(APART);
  const admin = world.client('admin').sdk.admin();
  repeatLate(path);

  await world.outcome(admin.deleteTopic('t'), 'the deletion');
  await world.outcome(admin.createTopic({ name: 't' }), 'the creation');
  await send('new');
  await world.advance(2 * LATE_MS);

  expect(await firstValue()).toBe('new');
});

it('a deletion of all records, come late, leaves those that were written since', async () => {
  world = await worldWithTopic(APART);
  const admin = world.client('admin').sdk.admin();
  await send('old');
  repeatLate(/DeleteRecords/);

  const deletion = { topic: 't', partition: 0, before: 'latest' } as const;
  const deleted = await world.outcome(admin.deleteRecords([deletion]), 'the deletion');
  await send('new');
  await world.advance(2 * LATE_MS);

  expect(deleted).toMatchObject([{ lowWatermark: 1 }]);
  expect(await firstValue()).toBe('new');
});
