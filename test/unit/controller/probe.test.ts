import { describe, expect, test } from 'vitest';
import { OttlaError } from '../../../src/base/errors.ts';
import { probeBroker } from '../../../src/controller/probe.ts';
import type { CallOptions, Transport } from '../../../src/env/transport.ts';
import type { BrokerRegistration } from '../../../src/metadata/image.ts';

const BROKER: BrokerRegistration = {
  brokerId: 1,
  brokerEpoch: 10,
  incarnationId: 'run-1',
  directoryId: 'directory-1',
  clientAddress: 'node-1:7091',
  peerAddress: 'node-1:7191',
  kafkaAddress: '',
  rack: '',
  isFenced: false,
  inControlledShutdown: false,
  minMetadataVersion: 1,
  maxMetadataVersion: 1,
};

const broken = (): never => {
  throw new OttlaError('NETWORK_EXCEPTION', 'the connection broke');
};
const late = (): never => {
  throw new OttlaError('REQUEST_TIMED_OUT', 'no answer in time');
};
const answers = (incarnationId: string) => () => ({ brokerId: 1, incarnationId });

/** Each question meets the next of these; the last one goes on. */
const probe = async (...meets: ReadonlyArray<() => unknown>) => {
  let askedCount = 0;
  const connections: string[] = [];
  const call = async (
    _: string,
    __: unknown,
    { isConnectionNew }: CallOptions,
  ): Promise<unknown> => {
    askedCount += 1;
    connections.push(isConnectionNew === true ? 'new' : 'shared');
    return meets[Math.min(askedCount, meets.length) - 1]?.();
  };
  const transport = { call } as unknown as Transport;
  const verdict = await probeBroker(BROKER, { transport, deadlineMs: 500 });
  return { verdict, askedCount, connections };
};

describe('a probe', () => {
  test('takes a broken connection for nothing when a new one is answered', async () => {
    const { verdict } = await probe(broken, answers('run-1'));

    expect(verdict).toBe('alive');
  });

  test('takes a process for dead when the new connection fails as well', async () => {
    const { verdict } = await probe(broken, broken);

    expect(verdict).toBe('dead');
  });

  test('knows nothing when the new connection is not answered in time', async () => {
    const { verdict } = await probe(broken, late);

    expect(verdict).toBe('unknown');
  });

  test('asks once where another process answers, or nobody in time', async () => {
    const other = await probe(answers('run-2'));
    const silent = await probe(late);

    expect(other).toMatchObject({ verdict: 'dead', askedCount: 1 });
    expect(silent).toMatchObject({ verdict: 'unknown', askedCount: 1 });
  });

  test('puts only the second question over a connection of its own', async () => {
    const { connections } = await probe(broken, answers('run-1'));

    expect(connections).toEqual(['shared', 'new']);
  });
});
