/**
 * What replicas far behind and out of sync may take together, in bytes per second: the one setting
 * of a single broker that changes at run time. Kafka's name; there it holds for the replicas of a
 * list alone.
 */
export const CATCH_UP_RATE_KEY = 'follower.replication.throttled.rate';

/** Why a broker cannot have this setting; undefined when it can. No value: back to its file. */
export const validateBrokerConfig = (
  key: string,
  value: string | undefined,
): string | undefined => {
  if (key !== CATCH_UP_RATE_KEY) {
    return `of a single broker only ${CATCH_UP_RATE_KEY} changes at run time, not ${key}; edit its file and restart it`;
  }
  const rate = value === undefined ? 1 : Number(/^\d+$/.test(value) ? value : Number.NaN);
  return Number.isSafeInteger(rate) && rate >= 1
    ? undefined
    : `${key} is '${value}'; give whole bytes per second, 1 or more`;
};
