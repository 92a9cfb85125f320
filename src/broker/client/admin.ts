import type { UnaryMethod } from '../../base/method.ts';
import type { Handler } from '../../env/transport.ts';
import { ClientService, ControllerService } from '../../gen/ottla.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import { guardedCall } from '../guard.ts';
import type { ClientContext } from './context.ts';
import { ADMIN_DEADLINE_MS, untilImage } from './context.ts';

const IMAGE_WAIT_MS = 5000;

/** What changes the cluster: passed on to the active controller, whichever broker was asked. */
export const adminHandlers = (context: ClientContext): Handler[] => [
  forwarded(context, {
    from: ClientService.createTopics,
    to: ControllerService.createTopics,
    codesOf: ({ topics }) => topics.map(codeOf),
    isRepeatable: false,
    isVisible: ({ validateOnly }, { topics }, image) =>
      validateOnly ||
      topics.every(({ errorCode, topicId }) => errorCode !== 0 || image.topics.has(topicId)),
  }),
  forwarded(context, {
    from: ClientService.deleteTopics,
    to: ControllerService.deleteTopics,
    codesOf: ({ topics }) => topics.map(codeOf),
    isRepeatable: false,
    isVisible: (_request, { topics }, image) =>
      topics.every(({ errorCode, topicId }) => errorCode !== 0 || !image.topics.has(topicId)),
  }),
  forwarded(context, {
    from: ClientService.createPartitions,
    to: ControllerService.createPartitions,
    codesOf: ({ topics }) => topics.map(codeOf),
    isRepeatable: false,
    isVisible: ({ topics, validateOnly }, response, image) =>
      validateOnly ||
      response.topics.some(({ errorCode }) => errorCode !== 0) ||
      topics.every(({ name, totalPartitions }) => {
        const topic = image.topics.get(image.topicIdsByName.get(name) ?? '');
        return topic === undefined || topic.partitions.length >= totalPartitions;
      }),
  }),
  forwarded(context, {
    from: ClientService.alterConfigs,
    to: ControllerService.alterConfigs,
    codesOf: ({ results }) => results.map(codeOf),
  }),
  forwarded(context, {
    from: ClientService.electLeaders,
    to: ControllerService.electLeaders,
    codesOf: ({ errorCode, results }) => [errorCode, ...results.map(codeOf)],
  }),
];

interface Forwarding<Request, Response> {
  readonly from: UnaryMethod<Request, Response>;
  readonly to: UnaryMethod<Request, Response>;
  readonly codesOf: (response: Response) => readonly number[];
  /** See `AskOptions`. */
  readonly isRepeatable?: boolean;
  /** True once this broker's own metadata shows what was done: the answer waits for it a while. */
  readonly isVisible?: (request: Request, response: Response, image: MetadataImage) => boolean;
}

const forwarded = <Request, Response>(
  context: ClientContext,
  { from, to, codesOf, isRepeatable = true, isVisible }: Forwarding<Request, Response>,
): Handler =>
  guardedCall(context.onFatal, from, async (request, { signal }) => {
    const options = { request, deadlineMs: ADMIN_DEADLINE_MS, codesOf, isRepeatable, signal };
    const response = await context.channel.ask(to, options);
    if (isVisible !== undefined) {
      await untilImage(context, (image) => isVisible(request, response, image), IMAGE_WAIT_MS);
    }
    return response;
  });

const codeOf = ({ errorCode }: { readonly errorCode: number }): number => errorCode;
