import { OttlaError } from '../../base/errors.ts';
import type { Clock, Timer } from '../../env/clock.ts';
import type { BadMessage, Step, WalkOptions } from './batch-walk.ts';
import { walkTopic } from './batch-walk.ts';
import { checkTarget, TARGET, targetOf, unwrapped, wrapped } from './delay-headers.ts';
import type { FetchedMessage, KafkaMessage, KafkaSend } from './kafka-ports.ts';
import { sendByTarget } from './send-by-target.ts';

/** Node's timers take no more. */
const WAIT_MS_MAX = 2 ** 31 - 1;

export interface LevelOptions {
  /** Its partition N holds what waits `levelsMs[N]`. */
  readonly topic: string;
  readonly levelsMs: readonly number[];
}

export interface LevelMessage<M extends KafkaMessage = KafkaMessage> extends LevelOptions {
  /** One of the levels. */
  readonly delayMs: number;
  /** The topic that it is for. */
  readonly target: string;
  readonly message: M;
}

export interface LevelForwarderOptions extends LevelOptions, WalkOptions {}

/**
 * What to send so that a message is in its target after a delay, when `forwardLevels` runs. Counts
 * from the timestamp of the message. Throws CONFIG for a delay that is none of the levels.
 */
export const levelMessage = <M extends KafkaMessage>(options: LevelMessage<M>): KafkaSend<M> => {
  const { topic, levelsMs, delayMs, target, message } = options;
  checkLevels(levelsMs);
  checkTarget(target);
  const partition = levelsMs.indexOf(delayMs);
  if (partition < 0) {
    const levels = levelsMs.join(', ');
    throw new OttlaError('CONFIG', `a delay of ${delayMs} ms is no level: give one of ${levels}`);
  }
  return { topic, messages: [wrapped(message, { [TARGET]: target }, partition)] };
};

const checkLevels = (levelsMs: readonly number[]): void => {
  const isLevel = (level: number): boolean => Number.isSafeInteger(level) && level >= 0;
  if (levelsMs.length > 0 && levelsMs.every(isLevel)) return;
  throw new OttlaError('CONFIG', 'levelsMs are whole milliseconds, one for each partition');
};

/** See `forwardLevels` of the package. */
export const runLevelForwarder = (options: LevelForwarderOptions, clock: Clock): Promise<void> => {
  const { levelsMs, producer, topic } = options;
  checkLevels(levelsMs);
  const timers = new Set<Timer>();
  const readOnAfter = (waitMs: number, readOn: () => void): void => {
    const timer = clock.setTimer(Math.min(waitMs, WAIT_MS_MAX), () => {
      timers.delete(timer);
      readOn();
    });
    timers.add(timer);
  };
  const forwarding = walkTopic(options, {
    next: (messages, partition) => {
      const { waitMs, ...step } = nextDue(messages, levelsMs[partition], clock.wallMs());
      if (waitMs === undefined) return step;
      return { ...step, wait: (readOn) => readOnAfter(waitMs, readOn) };
    },
    settle: async (messages, partition) => {
      const sends = messages.flatMap((message) => {
        const target = targetOf(message.headers);
        if (target.kind === 'bad') return [];
        return [{ topic: target.topic, message: unwrapped(message, { topic, partition }) }];
      });
      await sendByTarget(producer, sends);
    },
  });
  return forwarding.finally(() => {
    for (const timer of timers) timer.cancel();
  });
};

/** All of a partition wait as long: the first that is not due has all behind it wait as well. */
const nextDue = (
  messages: readonly FetchedMessage[],
  levelMs: number | undefined,
  nowMs: number,
): Step & { readonly waitMs?: number } => {
  const due: FetchedMessage[] = [];
  const bad: BadMessage[] = [];
  for (const message of messages) {
    const reason = levelMs === undefined ? 'its partition is no level' : badReason(message);
    const waitMs = Number(message.timestamp) + (levelMs ?? 0) - nowMs;
    if (reason === undefined && waitMs > 0) return { messages: due, bad, waitMs };
    if (reason === undefined) due.push(message);
    else bad.push({ message, reason });
  }
  return { messages: due, bad };
};

const badReason = ({ headers }: FetchedMessage): string | undefined => {
  const target = targetOf(headers);
  return target.kind === 'bad' ? target.reason : undefined;
};
