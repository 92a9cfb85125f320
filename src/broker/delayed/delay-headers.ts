import type { RecordHeader } from '../../record/record.ts';

/** The moment from which a record may be seen: milliseconds since 1970, as decimal digits. */
export const DELIVER_AT = 'ottla-deliver-at';
/** How long after the leader took it a record may be seen: milliseconds, as decimal digits. */
export const DELAY_MS = 'ottla-delay-ms';
/** What both begin with: a batch without it asks for no delay. */
export const DELAY_PREFIX = 'ottla-de';

/** `due`: milliseconds since 1970, by the leader's clock. */
export type AskedDelay =
  | { readonly kind: 'none' }
  | { readonly kind: 'due'; readonly dueMs: number }
  | { readonly kind: 'refused'; readonly reason: string };

const NONE_ASKED: AskedDelay = { kind: 'none' };

/** What the headers of one record ask for; `nowMs` is when the leader took it. */
export const askedDelay = (headers: readonly RecordHeader[], nowMs: number): AskedDelay => {
  const asking = headers.filter(({ key }) => key === DELIVER_AT || key === DELAY_MS);
  const [header, second] = asking;
  if (header === undefined) return NONE_ASKED;
  if (second !== undefined) {
    const both = `${header.key} and ${second.key}`;
    return refused(`it has the headers ${both}: one of them, once, says when it is due`);
  }
  const text = header.value === null ? '' : Buffer.from(header.value).toString('utf8');
  if (!/^\d+$/.test(text)) {
    const shown = JSON.stringify(text.slice(0, 32));
    return refused(`header ${header.key} is ${shown}: give milliseconds as decimal digits`);
  }
  const dueMs = Number(text) + (header.key === DELAY_MS ? nowMs : 0);
  if (Number.isSafeInteger(dueMs)) return { kind: 'due', dueMs };
  return refused(`header ${header.key} leads beyond 2^53 milliseconds: give an earlier moment`);
};

const refused = (reason: string): AskedDelay => ({ kind: 'refused', reason });
