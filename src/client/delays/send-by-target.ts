import type { KafkaMessage, KafkaProducer } from './kafka-ports.ts';

export interface TargetedMessage {
  readonly topic: string;
  readonly message: KafkaMessage;
}

/** By topic, in their order. */
export const byTarget = <T extends { readonly topic: string }>(
  targeted: readonly T[],
): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const one of targeted) {
    const group = groups.get(one.topic);
    if (group === undefined) groups.set(one.topic, [one]);
    else group.push(one);
  }
  return groups;
};

/** kafkajs writes what is bytes and no Buffer as a record that nobody can read. */
const buffersOf = ({ key, value, ...rest }: KafkaMessage): KafkaMessage => ({
  ...rest,
  key: bufferOf(key ?? null),
  value: bufferOf(value),
});

const bufferOf = (given: Uint8Array | string | null): Buffer | null =>
  given === null ? null : Buffer.from(given);

/** Resolves once every in-sync replica has all. */
export const sendTo = async (
  producer: KafkaProducer,
  topic: string,
  messages: readonly KafkaMessage[],
): Promise<void> => {
  await producer.send({ topic, acks: -1, messages: messages.map(buffersOf) });
};

/** As `sendTo`, each to its own. */
export const sendByTarget = async (
  producer: KafkaProducer,
  targeted: readonly TargetedMessage[],
): Promise<void> => {
  for (const [topic, group] of byTarget(targeted)) {
    await sendTo(
      producer,
      topic,
      group.map(({ message }) => message),
    );
  }
};
