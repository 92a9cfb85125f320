import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../src/base/errors.ts';
import { OttlaError } from '../../../src/base/errors.ts';
import { ControllerChannel } from '../../../src/broker/controller-channel.ts';
import { sleep } from '../../../src/env/clock.ts';
import type { CallOptions, Transport } from '../../../src/env/transport.ts';
import { ControllerService } from '../../../src/gen/ottla.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

/** A controller whose first answer is this error, and that answers well from then on. */
const setUp = (first: ErrorCode) => {
  const clock = new ManualClock();
  const calls: string[] = [];
  const transport = {
    call: async (_address: string, { name }: { readonly name: string }) => {
      calls.push(name);
      if (calls.length === 1) throw new OttlaError(first, 'the first answer');
      return { topics: [] };
    },
  } as unknown as Transport;
  const channel = new ControllerChannel({
    brokerId: 1,
    transport,
    clock,
    random: new SeededRandom(1),
    controllerAddress: () => 'controller:1',
  });
  const ask = async (isRepeatable: boolean): Promise<string> => {
    const asking = channel.ask(ControllerService.createTopics, {
      request: { topics: [], validateOnly: false },
      deadlineMs: 10_000,
      codesOf: () => [],
      isRepeatable,
    });
    const outcome = asking.then(
      () => 'answered',
      (error: OttlaError) => error.code,
    );
    await clock.settle(1000);
    return outcome;
  };
  return { ask, calls };
};

describe('a request to the controller whose answer was lost', () => {
  it('is sent again where that does no harm', async () => {
    const { ask, calls } = setUp('REQUEST_TIMED_OUT');

    expect(await ask(true)).toBe('answered');
    expect(calls).toHaveLength(2);
  });

  it('is not sent again where a second answer would mislead who asked', async () => {
    const { ask, calls } = setUp('REQUEST_TIMED_OUT');

    expect(await ask(false)).toBe('REQUEST_TIMED_OUT');
    expect(calls).toHaveLength(1);
  });
});

describe('a request to the controller that surely was not taken', () => {
  it('is sent again, whatever it asks for', async () => {
    const { ask } = setUp('NO_CONTROLLER');

    expect(await ask(false)).toBe('answered');
  });
});

describe('a request to the controller that is refused until its time ends', () => {
  it('is told why, though nobody answered the last time, and that this may have been done', async () => {
    const clock = new ManualClock();
    let count = 0;
    const transport = {
      call: async (_address: string, _method: unknown, { deadlineMs }: CallOptions) => {
        count += 1;
        if (count === 1) throw new OttlaError('REPLICA_NOT_AVAILABLE', 'it has not caught up');
        await sleep(clock, deadlineMs);
        throw new OttlaError('REQUEST_TIMED_OUT', 'no answer');
      },
    } as unknown as Transport;
    const random = new SeededRandom(1);
    const controllerAddress = () => 'controller:1';
    const channel = new ControllerChannel({
      brokerId: 1,
      transport,
      clock,
      random,
      controllerAddress,
    });
    const asked = channel.ask(ControllerService.alterQuorum, {
      request: { nodeId: 4, remove: false, directoryId: '' },
      deadlineMs: 1000,
      codesOf: () => [],
    });
    const refused = expect(asked).rejects.toMatchObject({
      message: 'it has not caught up',
      maybeApplied: true,
    });
    await clock.settle(1000);

    await refused;
  });
});
