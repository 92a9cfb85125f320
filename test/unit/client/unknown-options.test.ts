import { describe, expect, test } from 'vitest';
import { connect } from '../../../src/app/connect.ts';
import { OttlaClient } from '../../../src/client/client.ts';
import { startDevCluster } from '../../../src/testing/index.ts';
import type { World } from './fixture.ts';
import { startWorld } from './fixture.ts';

/** As plain JavaScript gives it: no compiler has looked at the keys. */
const plain = (options: unknown): never => options as never;

const refused = async (call: (world: World) => unknown): Promise<unknown> => {
  const world = await startWorld();
  return Promise.resolve()
    .then(() => call(world))
    .then(
      () => undefined,
      (error: unknown) => error,
    );
};

describe('an option that does not exist is refused by name, with the one that was meant', () => {
  test.each<[string, (world: World) => unknown, RegExp]>([
    [
      'of a producer',
      ({ client }) => client.producer(plain({ lingerMS: 5 })),
      /^unknown producer option: lingerMS, did you mean lingerMs\?$/,
    ],
    [
      'of its serializers',
      ({ client }) => client.producer({ serializers: plain({ valeu: String }) }),
      /^unknown serializer: valeu, did you mean value\?$/,
    ],
    [
      'of a reader',
      ({ client }) => client.reader(plain({ topic: 't', form: 'earliest' })),
      /^unknown reader option: form, did you mean from\?$/,
    ],
    [
      'of its assignments',
      ({ client }) => client.reader(plain({ assignments: [{ topic: 't', partitions: 1 }] })),
      /^unknown key of an assignment: partitions, did you mean partition\?$/,
    ],
    [
      'of a consumer',
      ({ client }) => client.consumer(plain({ topics: ['t'], groupID: 'g' })),
      /^unknown consumer option: groupID, did you mean groupId\?$/,
    ],
    [
      'of a consumer, though a reader has it',
      ({ client }) => client.consumer(plain({ topics: ['t'], from: 'earliest' })),
      /^unknown consumer option: from, /,
    ],
    [
      'of a client',
      (world) => new OttlaClient(world.env, plain({ bootstrap: 'b:1', clientid: 'c' })),
      /^unknown client option: clientid, did you mean clientId\?$/,
    ],
    [
      'of a connection',
      () => connect(plain({ bootstrap: 'b:1', loger: console })),
      /^unknown client option: loger, did you mean logger\?$/,
    ],
    [
      'of a development cluster',
      () => startDevCluster(plain({ node: 3 })),
      /^unknown cluster option: node, did you mean nodes\?$/,
    ],
    [
      'of a new topic',
      ({ client }) => client.admin().createTopic(plain({ name: 't', partions: 3 })),
      /^unknown key of a new topic: partions, did you mean partitions\?$/,
    ],
    [
      'of a topic to grow',
      ({ client }) => client.admin().createPartitions(plain([{ name: 't', total: 3 }])),
      /^unknown key of a topic to grow: total, known are name, totalPartitions, assignments, fence$/,
    ],
  ])('%s', async (_, call, message) => {
    const error = await refused(call);

    expect(error).toMatchObject({
      code: 'CONFIG',
      retriable: false,
      message: expect.stringMatching(message),
    });
  });

  test('and options that are no object are refused as well', async () => {
    const error = await refused(({ client }) => client.producer(plain('all')));

    expect(error).toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(/^producer option: expected an object with acks, /),
    });
  });
});
