import type { Operation, PollOperation } from '../../chaos/checker/history.ts';
import type { Judged } from './context.ts';
import { sentValue } from './tick-values.ts';

/**
 * The history, with every reader under the topic that it found. Readers know topics by name, and
 * look for all of theirs before they hand out anything: one that has handed out nothing when a
 * topic begins to be deleted may find the next one of that name instead, and reads that one alone.
 */
export const underTopicsFound = (
  operations: readonly Operation[],
  topics: readonly Judged[],
): readonly Operation[] => {
  const found = findLate(operations, topics);
  if (found.size === 0) return operations;
  return operations.map((operation): Operation => {
    const { process } = operation;
    const underFound = (key: string): string => {
      const label = found.get(`${process} ${topicOf(key)}`);
      return label === undefined ? key : sameIn(label, key);
    };
    if (operation.f === 'assign') return { ...operation, keys: operation.keys.map(underFound) };
    if (operation.f !== 'poll') return operation;
    const polled = operation.polled.map((one) => ({ ...one, key: underFound(one.key) }));
    return { ...operation, polled };
  });
};

/** By process and the topic it was told of: the one it found. */
const findLate = (
  operations: readonly Operation[],
  topics: readonly Judged[],
): ReadonlyMap<string, string> => {
  const sent = sentTo(operations);
  const beganAt = new Map<string, number>();
  const found = new Map<string, string>();
  for (const operation of operations) {
    if (operation.f !== 'poll') continue;
    const { process, index, polled } = operation;
    if (!beganAt.has(process)) beganAt.set(process, index);
    for (const topic of topics) {
      const known = `${process} ${topic.label}`;
      const mayBeLate = (beganAt.get(process) ?? index) >= (topic.deletedAt ?? Infinity);
      if (!mayBeLate || found.has(known)) continue;
      const later = topics
        .slice(topics.indexOf(topic) + 1)
        .filter(({ name }) => name === topic.name);
      const isRead = ({ label }: Judged): boolean =>
        polled.some((one) => topicOf(one.key) === topic.label && hasOf(one, label, sent));
      const next = later.find(isRead);
      if (next !== undefined) found.set(known, next.label);
    }
  }
  return found;
};

const hasOf = (
  { key, records }: PollOperation['polled'][number],
  label: string,
  sent: ReadonlySet<string>,
): boolean => records.some(([, value]) => sent.has(`${sameIn(label, key)} ${sentValue(value)}`));

/** Every value that was sent, behind the key that it was sent to. */
export const sentTo = (operations: readonly Operation[]): ReadonlySet<string> => {
  const sent = new Set<string>();
  for (const operation of operations) {
    if (operation.f !== 'send') continue;
    for (const { key, value } of operation.sent) sent.add(`${key} ${value}`);
  }
  return sent;
};

/** The topic of a key, as it is called in the history. */
export const topicOf = (key: string): string => key.slice(0, key.lastIndexOf('-'));

/** The partition of that number in another topic. */
const sameIn = (label: string, key: string): string => label + key.slice(key.lastIndexOf('-'));
