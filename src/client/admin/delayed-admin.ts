import { OttlaError } from '../../base/errors.ts';
import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import { askLeaders } from '../cluster/leader-questions.ts';
import type { ClientContext } from '../context.ts';
import type { CallOptions, TimedCallOptions } from '../env.ts';
import { kindOf } from '../serde/serde.ts';
import { named, throwIfNotBegun } from '../timing.ts';
import type { DelayedPage, PageQuestion } from './delayed-requests.ts';
import {
  CANCEL_DELAYED,
  GET_DELAYED,
  LIST_DELAYED,
  RESCHEDULE_DELAYED,
} from './delayed-requests.ts';
import type {
  DelayedFilter,
  DelayedRecord,
  DelayedRecordId,
  NewDelay,
  WholeDelayedRecord,
} from './delayed-types.ts';

const FILTER_KEYS: KeysOf<DelayedFilter> = {
  partition: true,
  key: true,
  dueFromMs: true,
  dueBeforeMs: true,
};

const DELAY_KEYS: KeysOf<NewDelay> = { deliverAt: true, delayMs: true };

/** Records of a page, and of the pages of all partitions together. */
const PAGE_COUNT = 500;
const PAGES_COUNT = 20_000;

/** Records that wait until they are due. Made by `Admin.delayed`. */
export class DelayedAdmin {
  readonly #context: ClientContext;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * What waits in a topic, in the order in which it is due, as the leaders of its partitions tell
   * it a page at a time; what is changed or delivered meanwhile may come as it was, twice or not at
   * all. Throws CONFIG for an unknown key of the filter.
   */
  async *list(
    topic: string,
    filter: DelayedFilter = {},
    options: CallOptions = {},
  ): AsyncGenerator<DelayedRecord, void, undefined> {
    checkKeys('key of the filter', filter, FILTER_KEYS);
    throwIfNotBegun(options.signal, 'list');
    const { dueFromMs = 0, dueBeforeMs = Number.POSITIVE_INFINITY, key } = filter;
    const partitions = await this.#partitionsOf(topic, filter);
    const maxCount = Math.max(1, Math.min(PAGE_COUNT, Math.floor(PAGES_COUNT / partitions.length)));
    const from = { dueMs: Math.max(0, dueFromMs), heldOffset: 0 };
    const first = partitions.map((partition) => ({ topic, partition, from, maxCount }));
    const told = new ToldPages(await this.#ask(first, options));
    for (;;) {
      const ended = told.ended();
      if (ended !== undefined) {
        const [page] = await this.#ask([{ ...ended, maxCount }], options);
        if (page !== undefined) told.replace(page);
        continue;
      }
      const record = told.take();
      if (record === undefined || record.dueMs >= dueBeforeMs) return;
      const keyText = record.key === null ? null : Buffer.from(record.key).toString('utf8');
      if (key === undefined || key === keyText) yield record;
    }
  }

  /** Throws RESOURCE_NOT_FOUND where none waits. */
  async get(id: DelayedRecordId, options: TimedCallOptions = {}): Promise<WholeDelayedRecord> {
    const [record] = await named('delayed.get', options.signal, () =>
      askLeaders(this.#context, GET_DELAYED, { ...options, questions: [idOf(id)] }),
    );
    if (record !== undefined) return record;
    throw new OttlaError('UNKNOWN_SERVER_ERROR', `delayed record ${id.offset}: no answer about it`);
  }

  /**
   * Has a record never delivered; when it resolves, that is on the disks of the in-sync replicas.
   * One that was cancelled before is so. Throws RESOURCE_NOT_FOUND where it was delivered, or never
   * waited, or has gone with its topic: the leader decides, and nothing was changed. An error with
   * `maybeApplied` (REQUEST_TIMED_OUT, NOT_ENOUGH_REPLICAS_AFTER_APPEND where too few replicas were
   * in sync, NETWORK_EXCEPTION) leaves it open: `get` tells, or the same call again.
   */
  async cancel(id: DelayedRecordId, options: TimedCallOptions = {}): Promise<void> {
    await named('delayed.cancel', options.signal, () =>
      askLeaders(this.#context, CANCEL_DELAYED, { ...options, questions: [idOf(id)] }),
    );
  }

  /**
   * Has a record delivered at another moment, earlier or later; when it resolves, that is on the
   * disks of the in-sync replicas. It keeps its id. Throws RESOURCE_NOT_FOUND where it does not
   * wait, CONFIG for what is no moment; others as `cancel`.
   */
  async reschedule(
    id: DelayedRecordId,
    delay: NewDelay,
    options: TimedCallOptions = {},
  ): Promise<void> {
    checkKeys('key of the delay', delay, DELAY_KEYS);
    const deliverAtMs = momentOf(delay, this.#context.clock.wallMs());
    const questions = [{ ...idOf(id), deliverAtMs }];
    await named('delayed.reschedule', options.signal, () =>
      askLeaders(this.#context, RESCHEDULE_DELAYED, { ...options, questions }),
    );
  }

  #ask(questions: readonly PageQuestion[], options: CallOptions): Promise<DelayedPage[]> {
    return askLeaders(this.#context, LIST_DELAYED, { ...options, questions });
  }

  async #partitionsOf(topic: string, { partition }: DelayedFilter): Promise<readonly number[]> {
    if (partition !== undefined) return [partition];
    const { metadata } = this.#context;
    await metadata.refresh(new Set([topic]));
    const count = metadata.view.topics.get(topic)?.partitions.length ?? 1;
    return Array.from({ length: count }, (_, number) => number);
  }
}

/** The newest page of each partition, and how far each was handed out. */
class ToldPages {
  readonly #pages: { page: DelayedPage; at: number }[];

  constructor(pages: readonly DelayedPage[]) {
    this.#pages = pages.map((page) => ({ page, at: 0 }));
  }

  /** Where a page is to be asked for, without which it is not known what is due next. */
  ended(): Omit<PageQuestion, 'maxCount'> | undefined {
    for (const { page, at } of this.#pages) {
      const { topic, partition, records, next } = page;
      if (at >= records.length && next !== undefined) return { topic, partition, from: next };
    }
    return undefined;
  }

  replace(page: DelayedPage): void {
    const at = this.#pages.findIndex((one) => one.page.partition === page.partition);
    this.#pages[at] = { page, at: 0 };
  }

  /** The one that is due first. */
  take(): DelayedRecord | undefined {
    let first: { page: DelayedPage; at: number } | undefined;
    for (const one of this.#pages) {
      if (dueOf(one) < dueOf(first)) first = one;
    }
    const record = first?.page.records[first.at];
    if (first !== undefined) first.at += 1;
    return record;
  }
}

const dueOf = (one: { readonly page: DelayedPage; readonly at: number } | undefined): number =>
  one?.page.records[one.at]?.dueMs ?? Number.POSITIVE_INFINITY;

/** Without what else the caller's object has. */
const idOf = ({ topic, topicId, partition, offset }: DelayedRecordId): DelayedRecordId => {
  if (Number.isSafeInteger(offset) && offset >= 0) return { topic, topicId, partition, offset };
  throw new OttlaError('CONFIG', `${String(offset)} is no offset: give a whole number, 0 or more`);
};

const momentOf = ({ deliverAt, delayMs }: NewDelay, nowMs: number): number => {
  if ((deliverAt === undefined) === (delayMs === undefined)) {
    throw new OttlaError('CONFIG', 'say when it is due: give either deliverAt or delayMs');
  }
  const given: unknown = delayMs ?? (typeof deliverAt === 'object' ? Number(deliverAt) : deliverAt);
  const givenMs = typeof given === 'number' ? given : Number.NaN;
  const atMs = delayMs === undefined ? givenMs : Math.floor(nowMs) + givenMs;
  if (Number.isSafeInteger(givenMs) && givenMs >= 0 && Number.isSafeInteger(atMs)) return atMs;
  const shown = typeof given === 'number' ? String(given) : kindOf(given);
  const refusal =
    delayMs === undefined
      ? `deliverAt=${shown}: give a Date, or whole milliseconds since 1970`
      : `delayMs=${shown}: give whole milliseconds, from 0 to some hundred thousand years`;
  throw new OttlaError('CONFIG', refusal);
};
