import { errorCodeOf, OttlaError } from '../../base/errors.ts';
import type { Logger } from '../../env/logger.ts';
import { ControllerService } from '../../gen/ottla.ts';
import type { MetadataImage, TopicImage } from '../../metadata/image.ts';
import { OFFSETS_TOPIC } from '../../metadata/internal-topics.ts';
import type { ControllerChannel } from '../controller-channel.ts';
import type { GroupSettings } from './group-settings.ts';
import { offsetsTopic } from './offsets-topic.ts';

const CREATE_MS = 5000;

export interface MakerOptions {
  readonly config: GroupSettings;
  readonly channel: ControllerChannel;
  readonly logger: Logger;
  readonly image: () => MetadataImage;
  /** Resolves false when the condition is not met in time. */
  readonly untilImage: (
    condition: (image: MetadataImage) => boolean,
    deadlineMs: number,
  ) => Promise<boolean>;
}

/** Why `__consumer_offsets` is not there. */
export interface NotMade {
  /** INVALID_REPLICATION_FACTOR: time alone does not mend it, unless brokers are yet to come. */
  readonly code: 'COORDINATOR_NOT_AVAILABLE' | 'INVALID_REPLICATION_FACTOR';
  /** In one line, with the remedy where there is one. */
  readonly message: string;
}

/** Makes `__consumer_offsets` when it is first wanted; all who want it meanwhile wait together. */
export class OffsetsTopicMaker {
  readonly #options: MakerOptions;
  #making: Promise<NotMade | undefined> | undefined;
  #lastReason = '';

  constructor(options: MakerOptions) {
    this.#options = options;
  }

  get topic(): TopicImage | undefined {
    return offsetsTopicOf(this.#options.image());
  }

  /** The topic, or why there is none yet. */
  async ensure(): Promise<TopicImage | NotMade> {
    if (this.topic === undefined) {
      this.#making ??= this.#make().finally(() => {
        this.#making = undefined;
      });
      const fault = await this.#making;
      if (fault !== undefined) return fault;
    }
    return this.topic ?? notNow(`${OFFSETS_TOPIC} is being made: ask again`);
  }

  /** Why it failed; undefined when the topic is there. */
  async #make(): Promise<NotMade | undefined> {
    const { config, channel, logger, untilImage } = this.#options;
    const request = { topics: [offsetsTopic(config)], validateOnly: false };
    const fault = await channel
      .ask(ControllerService.createTopics, {
        request,
        deadlineMs: CREATE_MS,
        codesOf: ({ topics }) => topics.map(({ errorCode }) => errorCode),
      })
      .then(({ topics }) => refusalOf(topics), failureOf);
    const reason = fault?.message ?? '';
    if (fault === undefined)
      await untilImage((image) => offsetsTopicOf(image) !== undefined, CREATE_MS);
    else if (reason !== this.#lastReason) {
      logger.warn(`groups cannot be served: ${OFFSETS_TOPIC} could not be made`, { reason });
    }
    this.#lastReason = reason;
    return fault;
  }
}

const offsetsTopicOf = (image: MetadataImage): TopicImage | undefined =>
  image.topics.get(image.topicIdsByName.get(OFFSETS_TOPIC) ?? '');

const refusalOf = (
  results: readonly { readonly errorCode: number; readonly errorMessage: string }[],
): NotMade | undefined => {
  const code = errorCodeOf(results[0]?.errorCode ?? 0);
  if (code === 'NONE' || code === 'TOPIC_ALREADY_EXISTS') return undefined;
  const message = results[0]?.errorMessage ?? code;
  if (code !== 'INVALID_REPLICATION_FACTOR') return notNow(message);
  const remedy = 'start more brokers, or set offsets.topic.replication.factor on all of them';
  return { code, message: `${message}; ${remedy}` };
};

const failureOf = (error: unknown): NotMade => {
  if (error instanceof OttlaError) return notNow(error.message);
  throw error;
};

const notNow = (message: string): NotMade => ({ code: 'COORDINATOR_NOT_AVAILABLE', message });
