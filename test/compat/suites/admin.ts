import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { mustRun } from '../support/run.ts';
import type { CompatSuite } from '../support/suite.ts';
import { named, slugOf } from '../support/suite.ts';

/** Kafka's numbers of errors. */
const TOPIC_ALREADY_EXISTS = 36;
const INVALID_CONFIG = 40;
const UNKNOWN_TOPIC = 3;

export const adminSuite = (suite: CompatSuite): void => {
  describe('administration', () => {
    it.each(named(suite.clients.filter(({ admin }) => admin !== undefined)))(
      'by $name makes, grows, changes, describes and deletes a topic, and meets Kafka’s errors',
      async ({ client }) => {
        const words = ['admin', suite.cluster.kafkaBootstrap, `admin-${slugOf(client)}`];

        const told = JSON.parse(await mustRun([...(client.admin ?? []), ...words]));

        expect(told).toMatchObject({
          created: 0,
          createdAgain: TOPIC_ALREADY_EXISTS,
          grown: 0,
          partitions: 5,
          listed: true,
          retention: '60000',
          set: 0,
          setBad: INVALID_CONFIG,
          afterSet: '120000',
          removed: 0,
          removedAgain: UNKNOWN_TOPIC,
        });
      },
    );

    const client = suite.clients.find(({ name }) => name.startsWith('confluent-kafka'));
    const python = client?.consumer?.[0] ?? '';
    const itWithPython = it.skipIf(python === '');
    itWithPython(
      'by confluent-kafka 2.16.1 does as much, with sources, synonyms and the cluster',
      async () => {
        const script = fileURLToPath(new URL('../confluent-kafka/admin.py', import.meta.url));

        const told = JSON.parse(await mustRun([python, script, suite.cluster.kafkaBootstrap]));

        expect(told).toMatchObject(CONFLUENT_ADMIN);
      },
    );
  });
};

const CONFLUENT_ADMIN = {
  created: { administered: 0 },
  createdAgain: { administered: TOPIC_ALREADY_EXISTS },
  badConfig: { bad: INVALID_CONFIG },
  badName: { 'a/b': 17 },
  tooManyReplicas: { wide: 38 },
  grown: { administered: 0 },
  shrunk: { administered: 37 },
  retention: { value: '60000', source: 1, readOnly: false, synonyms: 2 },
  set: 0,
  setBad: INVALID_CONFIG,
  afterSet: { value: '120000', source: 1 },
  deleted: 0,
  afterDelete: { value: '604800000', source: 5 },
  broker: { 'node.id': { value: '1', source: 4, readOnly: true } },
  cluster: { nodes: 3, hasController: true },
  partitions: Array(5).fill({ leader: true, replicas: 3, isr: 3 }),
  latest: [0],
  removed: { administered: 0 },
  removedAgain: { administered: UNKNOWN_TOPIC },
  isGone: true,
};
