import { describe, expect, test } from 'vitest';
import { onCall } from '../../../src/env/transport.ts';
import { ControllerService } from '../../../src/gen/ottla.ts';
import { metadataVersionRecord } from '../../../src/metadata/records.ts';
import { FEATURES } from '../../../src/metadata/versions.ts';
import { directoryOf } from './fake-raft.ts';
import { CONTROLLER, Harness } from './harness.ts';

describe('changes of the voters', () => {
  const alter = (harness: Harness, nodeId: number, remove: boolean, directoryId = '') =>
    harness.wait(
      harness.admin.call(CONTROLLER, ControllerService.alterQuorum, {
        request: { nodeId, remove, directoryId },
        deadlineMs: 1000,
      }),
    );

  const NEEDED = FEATURES.voters.since;

  /** The active controller of a cluster that is at this metadata.version. */
  const activeAt = (version: number): Harness => {
    const harness = new Harness();
    harness.raft.overwrite(1, [metadataVersionRecord(version)]);
    harness.activate(2);
    return harness;
  };

  test('are refused below the metadata.version that they need, and nobody comes or goes', async () => {
    const harness = activeAt(NEEDED - 1);

    const outcomes = await Promise.allSettled([alter(harness, 2, false), alter(harness, 1, true)]);

    const reason = {
      code: 'UNSUPPORTED_VERSION',
      message: expect.stringContaining(
        `changing the set of controllers needs metadata.version ${NEEDED}, the cluster is at ` +
          `${NEEDED - 1}: run 'ottla cluster upgrade --to ${NEEDED}'`,
      ),
    };
    expect(outcomes).toMatchObject([{ reason }, { reason }]);
    expect([...harness.raft.voters]).toEqual([1]);
  });

  test('are made by the active controller only', async () => {
    const harness = activeAt(NEEDED);
    harness.resign(3);

    await expect(alter(harness, 2, false)).rejects.toMatchObject({ code: 'NOT_CONTROLLER' });
  });

  test('are answered with the voters since', async () => {
    const harness = activeAt(NEEDED);

    const added = await alter(harness, 2, false);
    const removed = await alter(harness, 1, true);

    expect([added.changed, added.voters.map(({ nodeId }) => nodeId)]).toEqual([true, [1, 2]]);
    expect([removed.changed, removed.voters.map(({ nodeId }) => nodeId)]).toEqual([true, [2]]);
  });

  test('leave a voter in whose directory is another one than was named', async () => {
    const harness = activeAt(NEEDED);
    await alter(harness, 2, false);

    const wrong = await Promise.allSettled([alter(harness, 2, true, 'other')]);
    const right = await alter(harness, 2, true, directoryOf(2));
    const repeated = await alter(harness, 2, true, directoryOf(2));

    expect(wrong).toMatchObject([{ reason: { code: 'VOTER_NOT_FOUND' } }]);
    expect([right.changed, repeated.changed]).toEqual([true, false]);
  });

  test('take nobody in by the name of a directory, which only says who is meant to go', async () => {
    const added = alter(activeAt(NEEDED), 2, false, directoryOf(2));

    await expect(added).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  test('take nobody in who is not found where it says that it is', async () => {
    const harness = activeAt(NEEDED);
    harness.raft.announced.set(2, 'nowhere:1').set(3, CONTROLLER);

    const outcomes = await Promise.allSettled([alter(harness, 2, false), alter(harness, 3, false)]);

    const message = expect.stringMatching(/advertised.listeners of node [23]/);
    const reason = { code: 'INELIGIBLE_REPLICA', message };
    expect(outcomes).toMatchObject([{ reason }, { reason }]);
    expect([...harness.raft.voters]).toEqual([1]);
  });

  test('take one in who answers where it says that it is', async () => {
    const harness = activeAt(NEEDED);
    harness.raft.announced.set(100, CONTROLLER);

    const { voters } = await alter(harness, 100, false);

    expect(voters.map(({ nodeId }) => nodeId)).toEqual([1, 100]);
  });

  test('take nobody in who moves between its answer and that', async () => {
    const harness = activeAt(NEEDED);
    harness.raft.announced.set(2, 'node-2:7191');
    const { voters: _, ...quorum } = harness.raft.status();
    const moves = onCall(ControllerService.describeQuorum, async () => {
      harness.raft.announced.set(2, 'elsewhere:1');
      return { ...quorum, nodeId: 2, peers: [], voters: [] };
    });
    await harness.network.transportFor('node-2').listen('node-2:7191', [moves]);

    const added = alter(harness, 2, false);

    await expect(added).rejects.toMatchObject({ code: 'REPLICA_NOT_AVAILABLE' });
    expect([...harness.raft.voters]).toEqual([1]);
  });

  test('that are made already are answered as such: the first answer may have been lost', async () => {
    const harness = activeAt(NEEDED);

    const added = await alter(harness, 1, false);
    const removed = await alter(harness, 7, true);

    expect([added.changed, removed.changed]).toEqual([false, false]);
  });
});
