import { describe, expect, it } from 'vitest';
import { mustRun } from '../support/run.ts';
import type { CompatSuite } from '../support/suite.ts';
import { named, slugOf } from '../support/suite.ts';

/** Until they are served nothing promises them, and nobody is kept waiting for them. */
export const transactionsSuite = (suite: CompatSuite): void => {
  describe('a transactional.id', () => {
    it.each(named(suite.clients.filter(({ transactor }) => transactor !== undefined)))(
      'is refused to $name with the reason',
      async ({ client }) => {
        const words = ['transact', suite.cluster.kafkaBootstrap, slugOf(client)];

        const told = JSON.parse(await mustRun([...(client.transactor ?? []), ...words]));

        expect(told.refused).toContain('transactions are not served: leave out transactional.id');
      },
      // Before the minute after which clients give up by themselves.
      50_000,
    );

    const kafkajs = suite.clients.find(({ name }) => name.startsWith('kafkajs'));
    it.skipIf(kafkajs === undefined)(
      'is refused to kafkajs, which says so in words of its own',
      async () => {
        const words = ['transact', suite.cluster.kafkaBootstrap, 'kafkajs'];

        const told = JSON.parse(await mustRun([...(kafkajs?.producer ?? []), ...words]));

        expect(told.refused).toContain('KafkaJSGroupCoordinatorNotFound');
      },
      50_000,
    );
  });
};
