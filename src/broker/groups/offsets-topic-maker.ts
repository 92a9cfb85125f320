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

/** Makes `__consumer_offsets` when it is first wanted; all who want it meanwhile wait together. */
export class OffsetsTopicMaker {
  readonly #options: MakerOptions;
  #making: Promise<string> | undefined;
  #lastReason = '';

  constructor(options: MakerOptions) {
    this.#options = options;
  }

  get topic(): TopicImage | undefined {
    return offsetsTopicOf(this.#options.image());
  }

  /** The topic, or why there is none yet. */
  async ensure(): Promise<TopicImage | string> {
    if (this.topic === undefined) {
      this.#making ??= this.#make().finally(() => {
        this.#making = undefined;
      });
      const reason = await this.#making;
      if (reason !== '') return reason;
    }
    return this.topic ?? `${OFFSETS_TOPIC} is being made: ask again`;
  }

  /** Why it failed; '' when the topic is there. */
  async #make(): Promise<string> {
    const { config, channel, logger, untilImage } = this.#options;
    const request = { topics: [offsetsTopic(config)], validateOnly: false };
    const reason = await channel
      .ask(ControllerService.createTopics, {
        request,
        deadlineMs: CREATE_MS,
        codesOf: ({ topics }) => topics.map(({ errorCode }) => errorCode),
      })
      .then(({ topics }) => refusalOf(topics), messageOf);
    if (reason === '') await untilImage((image) => offsetsTopicOf(image) !== undefined, CREATE_MS);
    else if (reason !== this.#lastReason) {
      logger.warn(`groups cannot be served: ${OFFSETS_TOPIC} could not be made`, { reason });
    }
    this.#lastReason = reason;
    return reason;
  }
}

const offsetsTopicOf = (image: MetadataImage): TopicImage | undefined =>
  image.topics.get(image.topicIdsByName.get(OFFSETS_TOPIC) ?? '');

const refusalOf = (
  results: readonly { readonly errorCode: number; readonly errorMessage: string }[],
): string => {
  const code = errorCodeOf(results[0]?.errorCode ?? 0);
  if (code === 'NONE' || code === 'TOPIC_ALREADY_EXISTS') return '';
  const remedy =
    code === 'INVALID_REPLICATION_FACTOR'
      ? '; start more brokers, or set offsets.topic.replication.factor'
      : '';
  return `${results[0]?.errorMessage ?? code}${remedy}`;
};

const messageOf = (error: unknown): string => {
  if (error instanceof OttlaError) return error.message;
  throw error;
};
