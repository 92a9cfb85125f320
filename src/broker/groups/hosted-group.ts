import { assert } from '../../base/assert.ts';
import type { ErrorCode } from '../../base/errors.ts';
import type { Clock } from '../../env/clock.ts';
import type { Deadline, Deadlines } from '../deadlines.ts';
import type { OnFatal } from '../guard.ts';
import { GroupCore } from './group-core.ts';
import { HeldBeats } from './held-beats.ts';
import type {
  GenerationIdentity,
  GroupConfig,
  GroupEffect,
  GroupRecord,
  GroupReply,
  TimerKey,
} from './types.ts';

/** What a group needs of the partition that it is stored in. */
export interface GroupHost {
  readonly config: GroupConfig;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly onFatal: OnFatal;
  /** Appends with acks=all; `onDone` is called exactly once, perhaps before this returns. */
  append(groupId: string, records: readonly GroupRecord[], onDone: (code: ErrorCode) => void): void;
  /** The effects of an event are performed. */
  onEvent(group: HostedGroup): void;
}

/** A write on its way; without a code it has no outcome yet. */
interface OpenWrite {
  readonly writeId: number;
  code: ErrorCode | undefined;
}

type Act = (requestId: number) => readonly GroupEffect[];
type ReplyOf<Kind extends GroupReply['kind']> = GroupReply & { readonly kind: Kind };

/**
 * One group's core with its timers, its open writes and who waits for it. Outcomes of writes are
 * given to the core in the order of the writes, and in an event of their own: they become known
 * in the middle of a partition's.
 */
export class HostedGroup {
  readonly core: GroupCore;
  readonly #host: GroupHost;
  readonly #timers = new Map<TimerKey, Deadline>();
  readonly #waiting = new Map<number, (reply: GroupReply) => void>();
  readonly #writes: OpenWrite[] = [];
  readonly #heldBeats: HeldBeats;
  #nextRequestId = 1;
  #isDrainDue = false;
  #isClosed = false;

  constructor(groupId: string, host: GroupHost) {
    this.#host = host;
    const nowMs = host.clock.wallMs();
    this.core = new GroupCore({ groupId, config: host.config, nowMs });
    this.#heldBeats = new HeldBeats(this.core, host.deadlines);
  }

  /** True while nothing is stored of it, nothing is on its way, and nobody wants it. */
  get isUnused(): boolean {
    const { core } = this;
    if (core.state !== 'empty' || core.generation > 0 || this.#writes.length > 0) return false;
    if (core.pendingMemberIds.size > 0) return false;
    for (const _ of core.allCommitted()) return false;
    return true;
  }

  /** Requests that wait for their answers. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Hands a request to the core; resolves with its reply. */
  ask<Kind extends GroupReply['kind']>(kind: Kind, act: Act): Promise<ReplyOf<Kind>> {
    return new Promise((resolve) => {
      const requestId = this.#nextRequestId;
      this.#nextRequestId += 1;
      this.#waiting.set(requestId, (reply) => {
        assert(reply.kind === kind, 'a request is answered by a reply of its own kind');
        resolve(reply as ReplyOf<Kind>);
      });
      this.perform(act(requestId));
    });
  }

  /** NONE after `waitMs`, or what the member has to hear before, as soon as it is so. */
  untilNews(member: GenerationIdentity, waitMs: number): Promise<ErrorCode> {
    return this.#heldBeats.hold(member, waitMs);
  }

  perform(effects: readonly GroupEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'reply') this.#reply(effect.requestId, effect.reply);
      else if (effect.kind === 'setTimer') this.#setTimer(effect.key, effect.delayMs);
      else if (effect.kind === 'cancelTimer') this.#cancelTimer(effect.key);
      else this.#write(effect.writeId, effect.records);
    }
    this.#heldBeats.onEvent();
    if (!this.#isClosed) this.#host.onEvent(this);
  }

  /** This broker coordinates the group no longer: whoever waits is told NOT_COORDINATOR. */
  resign(): void {
    const effects = this.core.resign(this.#host.clock.wallMs());
    this.close();
    this.perform(effects);
    assert(this.#waiting.size === 0, 'a group that is given up leaves nobody waiting');
  }

  /** Hears of no timer and of no write any more. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#heldBeats.close();
    this.#writes.length = 0;
  }

  #reply(requestId: number, reply: GroupReply): void {
    const answer = this.#waiting.get(requestId);
    assert(answer !== undefined, 'a request to a group is answered once');
    this.#waiting.delete(requestId);
    answer(reply);
  }

  #setTimer(key: TimerKey, delayMs: number): void {
    this.#cancelTimer(key);
    const timer = this.#host.deadlines.add(delayMs, () =>
      this.#guarded(() => {
        this.#timers.delete(key);
        this.perform(this.core.onTimer(key, this.#host.clock.wallMs()));
      }),
    );
    this.#timers.set(key, timer);
  }

  #cancelTimer(key: TimerKey): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
  }

  #write(writeId: number, records: readonly GroupRecord[]): void {
    const open: OpenWrite = { writeId, code: undefined };
    this.#writes.push(open);
    this.#host.append(this.core.groupId, records, (code) => {
      open.code = code;
      if (this.#isDrainDue || this.#isClosed) return;
      this.#isDrainDue = true;
      this.#host.clock.defer(() => this.#guarded(() => this.#drain()));
    });
  }

  #drain(): void {
    this.#isDrainDue = false;
    for (let [first] = this.#writes; first?.code !== undefined; [first] = this.#writes) {
      this.#writes.shift();
      const nowMs = this.#host.clock.wallMs();
      this.perform(this.core.onWritten(first.writeId, first.code, nowMs));
    }
  }

  #guarded(act: () => void): void {
    if (this.#isClosed) return;
    try {
      act();
    } catch (error) {
      this.#host.onFatal(error as Error);
    }
  }
}
