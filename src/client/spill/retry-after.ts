/** Who says longer is asked again after an hour. */
const MAX_MS = 3_600_000;
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * How long the header `retry-after` says to wait, seconds or a date of HTTP; undefined where it
 * says neither.
 */
export const retryAfterMs = (value: string | null, nowMs: number): number | undefined => {
  const text = value?.trim() ?? '';
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : untilMs(text) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), MAX_MS);
};

const untilMs = (text: string): number => (HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN);
