import { errorCodeOf } from '../../../../src/base/errors.ts';
import type { UnaryMethod } from '../../../../src/base/method.ts';
import type { ProduceReply } from '../../../../src/gen/ottla.ts';
import { TestCluster } from '../harness/test-cluster.ts';

export const call = async <Request, Response>(
  cluster: TestCluster,
  method: UnaryMethod<Request, Response>,
  request: Request,
): Promise<Response> => {
  const answer = cluster.client.call(cluster.broker(1).clientAddress, method, {
    request,
    deadlineMs: 30_000,
  });
  await cluster.run(300);
  return answer;
};

export const oneBroker = async (): Promise<TestCluster> => {
  const cluster = await TestCluster.start(1);
  cluster.controller.createTopic('t', [1]);
  cluster.controller.createTopic('u', [1]);
  await cluster.run(50);
  return cluster;
};

export const codesIn = (reply: ProduceReply | undefined): string[] =>
  (reply?.results ?? []).map(({ errorCode }) => errorCodeOf(errorCode));
