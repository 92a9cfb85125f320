import { OttlaError } from '../../base/errors.ts';
import type { Offset, PartitionId } from '../../base/ids.ts';
import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';

/** What became of a record that its handler could not handle. */
export type DeadOutcome = 'stopped' | 'skipped' | 'deadLettered';

/** What `onDead` is told; a webhook gets it as JSON. */
export interface DeadReport {
  readonly groupId: string;
  /** Where the record is, also where it was parked meanwhile. */
  readonly topic: string;
  readonly partition: PartitionId;
  readonly offset: Offset;
  readonly timestampMs: number;
  /** How often its handler was called. */
  readonly attempts: number;
  readonly errorName: string;
  readonly errorMessage: string;
  readonly firstFailureMs: number;
  readonly lastFailureMs: number;
  readonly outcome: DeadOutcome;
  /** Where its dead letter is. */
  readonly deadLetter?: {
    readonly topic: string;
    readonly partition: PartitionId;
    readonly offset: Offset;
  };
}

/** `error`: as the handler threw it. */
export type DeadHook = (report: DeadReport, error: unknown) => void | Promise<void>;

/** What happens to a record when its attempts are used up. */
export type LastChoice =
  | 'stop'
  | 'skip'
  | {
      readonly deadLetter: { readonly topic: string };
    };

/**
 * What is done about a handler that throws: it is called again, after a growing pause that is drawn
 * at random from its upper half, `attempts` times in all; then comes what `giveUp` names.
 *
 * - `stop` (default): the run ends with the error; the record is handled again by the next one.
 * - `skip`: the record counts as finished.
 * - `deadLetter`: the record is sent to that topic, with acks=all, and counts as finished when that
 *   is acknowledged; until then its order waits. Key, value and headers are kept byte for byte, but
 *   for the name of a `message-id`, by which a topic would not take the record a second time;
 *   behind them come headers that tell where it was and what failed. A crash in between leaves a
 *   dead letter and a record that is handled again: there may be two, none is lost. What can never
 *   be sent (MESSAGE_TOO_LARGE, for one) ends the run instead.
 *
 * Nothing goes to another topic unless it is named here, whatever the order.
 */
export interface FailurePolicy {
  /** Calls of the handler in all, by this member; default 5. */
  readonly attempts?: number;
  readonly giveUp?: LastChoice;
  /**
   * A person is needed: called, or posted to, before the record counts as finished or the run ends,
   * so that a crash may repeat it. What fails is logged, and changes nothing.
   */
  readonly onDead?: DeadHook | string;
  /** How long `onDead` is waited for; default 5000. */
  readonly onDeadTimeoutMs?: number;
}

export interface FailureSettings {
  readonly attempts: number;
  readonly giveUp: LastChoice;
  readonly onDead: DeadHook | string | undefined;
  readonly onDeadTimeoutMs: number;
}

export const POLICY_KEYS: KeysOf<FailurePolicy> = {
  attempts: true,
  giveUp: true,
  onDead: true,
  onDeadTimeoutMs: true,
};

const GIVE_UP_KEYS = { deadLetter: true } as const;
const TOPIC_KEYS = { topic: true } as const;

const config = (message: string): OttlaError => new OttlaError('CONFIG', message);

const wholeNumber = (name: string, value: number): number => {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw config(`onFailure.${name}=${value} is not a whole number of 1 or more`);
};

/** The policy with its defaults; throws CONFIG naming what is unknown or wrong. */
export const resolveFailurePolicy = (policy: FailurePolicy): FailureSettings => ({
  attempts: wholeNumber('attempts', policy.attempts ?? 5),
  giveUp: checkedChoice(policy.giveUp ?? 'stop'),
  onDead: checkedHook(policy.onDead),
  onDeadTimeoutMs: wholeNumber('onDeadTimeoutMs', policy.onDeadTimeoutMs ?? 5000),
});

/** The name of a topic that records are put aside in; throws CONFIG where there is none. */
export const checkedTopic = (what: string, given: { readonly topic: string }): string => {
  checkKeys(`key of ${what}`, given, TOPIC_KEYS);
  if (typeof given.topic === 'string' && given.topic !== '') return given.topic;
  throw config(`${what} names no topic: give { topic: 'name' }`);
};

/** Throws CONFIG where what is put aside in a topic would come back at once. */
export const refuseOwnTopic = (
  what: string,
  topic: string | undefined,
  read: { readonly topics: readonly string[]; readonly pattern: RegExp | undefined },
): void => {
  if (topic === undefined) return;
  const isRead =
    read.topics.includes(topic) || (read.pattern !== undefined && topic.search(read.pattern) >= 0);
  if (!isRead) return;
  throw config(`${what} names ${topic}, which this consumer reads itself: name another topic`);
};

export const deadLetterTopic = ({ giveUp }: FailureSettings): string | undefined =>
  typeof giveUp === 'object' ? giveUp.deadLetter.topic : undefined;

const checkedChoice = (giveUp: LastChoice): LastChoice => {
  if (giveUp === 'stop' || giveUp === 'skip') return giveUp;
  if (typeof giveUp !== 'object' || giveUp === null) {
    throw config(
      `onFailure.giveUp=${String(giveUp)} is none of stop, skip, { deadLetter: { topic } }`,
    );
  }
  checkKeys('key of onFailure.giveUp', giveUp, GIVE_UP_KEYS);
  return { deadLetter: { topic: checkedTopic('onFailure.giveUp.deadLetter', giveUp.deadLetter) } };
};

const checkedHook = (onDead: DeadHook | string | undefined): DeadHook | string | undefined => {
  if (onDead === undefined || typeof onDead === 'function') return onDead;
  const isAddress = typeof onDead === 'string' && /^https?:$/.test(protocolOf(onDead));
  if (isAddress) return onDead;
  throw config(`onFailure.onDead=${String(onDead)} is neither a function nor an http(s) address`);
};

const protocolOf = (address: string): string =>
  URL.canParse(address) ? new URL(address).protocol : '';
