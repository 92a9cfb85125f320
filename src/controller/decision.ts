import type { LogIndex, NodeId, PartitionId, TopicId } from '../base/ids.ts';
import type { MetadataRecord } from '../gen/ottla.ts';
import { applyRecord } from '../metadata/apply-batch.ts';
import type { ConfigValues, LogPosition, MetadataImage } from '../metadata/image.ts';
import { ImageDraft } from '../metadata/image-draft.ts';

/**
 * What the controller answers a request with: records to replicate as one batch, and what to say
 * once they are committed. Decisions are pure: they read an image, and change nothing.
 */
export interface Decision<Response> {
  /** Empty: nothing has to change. */
  readonly records: readonly MetadataRecord[];
  /** The answer; `index` is the entry that holds the records, if there are any. */
  readonly respond: (index: LogIndex) => Response;
}

/** What decisions take into account besides the image. */
export interface DecideContext {
  /** Defaults of topic settings from server.properties, under their server names. */
  readonly fileDefaults?: ConfigValues | undefined;
  /** True for a replica whose broker says that its data is not to be trusted. */
  readonly isDamaged?: ((replica: ReplicaRef) => boolean) | undefined;
  /** auto.balance.enable: brokers that join get their share. */
  readonly isAutoBalanced?: boolean | undefined;
}

export interface ReplicaRef {
  readonly brokerId: NodeId;
  readonly topicId: TopicId;
  readonly partition: PartitionId;
}

/** See `Plan.answerIndexed`; for records that are only a part of a plan, or none. */
export const indexedAnswer = <Response>(
  records: readonly MetadataRecord[],
  response: Response,
): Decision<Response & { metadataIndex: LogIndex }> => ({
  records,
  respond: (index) => ({ ...response, metadataIndex: records.length > 0 ? index : 0 }),
});

/** A decision in the making: every record counts for what is decided after it. */
export class Plan {
  readonly records: MetadataRecord[] = [];
  readonly #draft: ImageDraft;
  readonly #position: LogPosition;

  constructor(image: MetadataImage) {
    this.#draft = new ImageDraft(image);
    this.#position = { index: image.index + 1, term: image.term };
  }

  /** The image as the records so far leave it. */
  get image(): MetadataImage {
    return this.#draft;
  }

  emit(record: MetadataRecord): void {
    applyRecord(this.#draft, record, this.#position);
    this.records.push(record);
  }

  answer<Response>(response: Response): Decision<Response> {
    return { records: this.records, respond: () => response };
  }

  /** With the index from which on the image shows what was decided; 0 where nothing was. */
  answerIndexed<Response>(response: Response): Decision<Response & { metadataIndex: LogIndex }> {
    return indexedAnswer(this.records, response);
  }
}
