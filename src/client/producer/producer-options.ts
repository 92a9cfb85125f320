import { OttlaError } from '../../base/errors.ts';
import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import type { CodecName } from '../../record/codec.ts';
import { CODEC_NAMES } from '../../record/codec.ts';
import type { Serializer } from '../serde/serde.ts';
import type { Partitioner } from './partitioner.ts';
import { PARTITIONERS } from './partitioner.ts';

/**
 * 0: none is waited for. 1: the leader has the bytes. `all`: every in-sync replica has them on
 * disk.
 */
export type Acks = 0 | 1 | 'all';

export interface ProducerOptions<K = string | Uint8Array, V = string | Uint8Array> {
  /** Default `all`. */
  readonly acks?: Acks;
  /**
   * No duplicates and no reordering by retries. On by default with acks `all`; refused with another
   * when asked for, off there when left unset.
   */
  readonly idempotent?: boolean;
  /** Size at which a batch is full; default 131072. A larger single record gets its own batch. */
  readonly batchBytes?: number;
  /** How long a record may wait for company; default 5, 0 sends at the end of the current turn. */
  readonly lingerMs?: number;
  /** Default `none`. */
  readonly compression?: CodecName;
  /**
   * Batches of one partition on their way at once, 1 to 5; default 5. Without idempotence it is 1,
   * because nothing else keeps the order when one of them has to be sent again, and more is
   * refused; acks=0 sends nothing again, and waits for none.
   */
  readonly maxInFlightPerPartition?: number;
  /** Bound of the send buffer; default 33554432 (32 MiB). */
  readonly bufferBytes?: number;
  /**
   * How long `send` waits for room and for a topic that this client does not know yet; default
   * 60000. One that it knew, and has to ask for again, keeps records for `deliveryTimeoutMs`.
   */
  readonly maxBlockMs?: number;
  /** From the moment a record is taken to its end, either way; default 120000. */
  readonly deliveryTimeoutMs?: number;
  /** How long acks=all may wait for replicas, and a broker may be silent; default 30000. */
  readonly requestTimeoutMs?: number;
  /**
   * `murmur2` (default): by the hash of the key as in Kafka's Java client; without a key one
   * partition a batch, drawn at random. `sticky`: one partition a batch for all, keys or not.
   * `roundRobin`: in turn, keys or not. A record that names its partition overrules each of them.
   */
  readonly partitioner?: Partitioner;
  /** Lets the cluster create a missing topic where it is set up to; default true. */
  readonly allowAutoCreate?: boolean;
  readonly serializers?: {
    /** Default: text as UTF-8, bytes as they are. */
    readonly key?: Serializer<K>;
    readonly value?: Serializer<V>;
  };
}

const PRODUCER_KEYS: KeysOf<ProducerOptions> = {
  acks: true,
  idempotent: true,
  batchBytes: true,
  lingerMs: true,
  compression: true,
  maxInFlightPerPartition: true,
  bufferBytes: true,
  maxBlockMs: true,
  deliveryTimeoutMs: true,
  requestTimeoutMs: true,
  partitioner: true,
  allowAutoCreate: true,
  serializers: true,
};

const SERIALIZER_KEYS: KeysOf<NonNullable<ProducerOptions['serializers']>> = {
  key: true,
  value: true,
};

export interface ProducerSettings {
  readonly acks: Acks;
  readonly isIdempotent: boolean;
  readonly batchBytes: number;
  readonly lingerMs: number;
  readonly compression: CodecName;
  readonly maxInFlight: number;
  readonly bufferBytes: number;
  readonly maxBlockMs: number;
  readonly deliveryTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly partitioner: Partitioner;
  readonly allowAutoCreate: boolean;
}

/**
 * Batches of one producer that a broker remembers for a partition; more could not be told apart.
 */
const REMEMBERED_BATCHES = 5;
const MIN_BATCH_BYTES = 1024;

const refuse = (message: string): never => {
  throw new OttlaError('CONFIG', message);
};

const wholeNumber = (name: string, value: number, min: number): number =>
  Number.isSafeInteger(value) && value >= min
    ? value
    : refuse(`producer option ${name}=${value} is not a whole number of ${min} or more`);

/** The options with their defaults; throws CONFIG naming one that is unknown or cannot be. */
export const resolveProducerOptions = <K, V>(options: ProducerOptions<K, V>): ProducerSettings => {
  checkKeys('producer option', options, PRODUCER_KEYS);
  checkKeys('serializer', options.serializers ?? {}, SERIALIZER_KEYS);
  const acks = options.acks ?? 'all';
  if (![0, 1, 'all'].includes(acks)) refuse(`producer option acks=${acks} is none of 0, 1, all`);
  if (options.idempotent === true && acks !== 'all') {
    refuse(
      `producer option idempotent=true needs acks=all, not acks=${acks}: leave one of them out`,
    );
  }
  const compression = options.compression ?? 'none';
  if (!CODEC_NAMES.includes(compression)) {
    refuse(`producer option compression=${compression} is none of ${CODEC_NAMES.join(', ')}`);
  }
  const partitioner = options.partitioner ?? 'murmur2';
  if ((partitioner as string) === 'explicit') {
    refuse(
      'producer option partitioner=explicit: leave it out, and name the partition in each record',
    );
  }
  if (typeof partitioner !== 'function' && !PARTITIONERS.includes(partitioner)) {
    const choices = PARTITIONERS.join(', ');
    refuse(`producer option partitioner=${partitioner} is none of ${choices}, and no function`);
  }
  const isIdempotent = options.idempotent ?? acks === 'all';
  return {
    acks,
    isIdempotent,
    compression,
    maxInFlight: decideMaxInFlight(options.maxInFlightPerPartition, acks, isIdempotent),
    batchBytes: wholeNumber('batchBytes', options.batchBytes ?? 131_072, MIN_BATCH_BYTES),
    lingerMs: wholeNumber('lingerMs', options.lingerMs ?? 5, 0),
    bufferBytes: wholeNumber('bufferBytes', options.bufferBytes ?? 33_554_432, MIN_BATCH_BYTES),
    maxBlockMs: wholeNumber('maxBlockMs', options.maxBlockMs ?? 60_000, 0),
    deliveryTimeoutMs: wholeNumber('deliveryTimeoutMs', options.deliveryTimeoutMs ?? 120_000, 1),
    requestTimeoutMs: wholeNumber('requestTimeoutMs', options.requestTimeoutMs ?? 30_000, 1),
    partitioner,
    allowAutoCreate: options.allowAutoCreate ?? true,
  };
};

const decideMaxInFlight = (
  asked: number | undefined,
  acks: Acks,
  isIdempotent: boolean,
): number => {
  const max = wholeNumber('maxInFlightPerPartition', asked ?? REMEMBERED_BATCHES, 1);
  if (max > REMEMBERED_BATCHES) {
    refuse(`producer option maxInFlightPerPartition=${max} is above ${REMEMBERED_BATCHES}`);
  }
  if (!isIdempotent && asked !== undefined && asked > 1) {
    refuse(
      `producer option maxInFlightPerPartition=${asked} needs idempotence, which is off: use acks=all with idempotent=true, or leave it out`,
    );
  }
  if (acks === 0) return Number.MAX_SAFE_INTEGER;
  return isIdempotent ? max : 1;
};
