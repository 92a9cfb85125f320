import type { ErrorCode } from '../../../../src/base/errors.ts';
import { encodeAssignment } from '../../../../src/client/group/consumer-protocol.ts';
import { MemberCore } from '../../../../src/client/group/member-core.ts';
import type {
  JoinAnswer,
  MemberConfig,
  MemberEffect,
  MemberTimer,
} from '../../../../src/client/group/member-types.ts';
import { inText, places } from './assignor-fixture.ts';

export const HEARTBEAT_MS = 3000;

type Kind = MemberEffect['kind'];
type EffectOf<K extends Kind> = Extract<MemberEffect, { kind: K }>;

/** A member whose every effect is kept, and answered by the test. */
export class MemberRig {
  readonly core: MemberCore;
  readonly timers = new Set<MemberTimer>();
  readonly all: MemberEffect[] = [];
  #new: MemberEffect[] = [];

  constructor(config: Partial<MemberConfig> = {}) {
    this.core = new MemberCore({
      instanceId: undefined,
      protocol: 'cooperative',
      heartbeatIntervalMs: HEARTBEAT_MS,
      heartbeatWaitMs: 0,
      ...config,
    });
  }

  /** Takes the effects of an event. */
  see(effects: readonly MemberEffect[]): this {
    for (const effect of effects) {
      if (effect.kind === 'setTimer') this.timers.add(effect.key);
      else if (effect.kind === 'cancelTimer') this.timers.delete(effect.key);
      else this.#new.push(effect);
    }
    this.all.push(...effects);
    return this;
  }

  /** Kinds of the effects since the last look, timers aside. */
  kinds(): Kind[] {
    return this.#new.splice(0).map(({ kind }) => kind);
  }

  /** The newest of a kind. */
  last<K extends Kind>(kind: K): EffectOf<K> {
    const found = this.all.findLast((effect): effect is EffectOf<K> => effect.kind === kind);
    if (found === undefined) throw new Error(`no effect ${kind}`);
    return found;
  }

  count(kind: Kind): number {
    return this.all.filter((effect) => effect.kind === kind).length;
  }

  fire(key: MemberTimer): this {
    if (!this.timers.delete(key)) throw new Error(`timer ${key} is not set`);
    return this.see(this.core.onTimer(key));
  }

  /** Begins, and finds the coordinator at broker 1. */
  join(topics: readonly string[] = ['t']): this {
    return this.see(this.core.join(topics)).coordinator(1);
  }

  coordinator(brokerId: number): this {
    return this.see(this.core.onCoordinator(brokerId));
  }

  /** Answers the newest join. */
  joined(answer: Partial<JoinAnswer> = {}): this {
    const { request, memberId } = this.last('join');
    return this.see(
      this.core.onJoin(request, {
        code: 'NONE',
        memberId: memberId === '' ? 'm1' : memberId,
        generation: 1,
        protocol: 'cooperative-sticky',
        leader: 'other',
        members: [],
        ...answer,
      }),
    );
  }

  /** Answers the newest sync with these partitions, or a code. */
  synced(share: string, code: ErrorCode = 'NONE'): this {
    const assignment = encodeAssignment(places(share));
    return this.see(this.core.onSync(this.last('sync').request, { code, assignment }));
  }

  /** Sends a heartbeat and answers it. */
  beat(code: ErrorCode = 'NONE'): this {
    return this.fire('heartbeat').beaten(code);
  }

  /** Answers the newest heartbeat. */
  beaten(code: ErrorCode, hasWaited = false): this {
    const { request } = this.last('heartbeat');
    return this.see(this.core.onHeartbeat(request, code, hasWaited));
  }

  revoked(): this {
    return this.see(this.core.onRevoked(this.last('revoke').revocation));
  }

  /** What the newest effect of the kind is about. */
  places(kind: 'assigned' | 'revoke' | 'lost'): string {
    return inText(this.last(kind).partitions);
  }

  get owned(): string {
    return inText(this.core.owned);
  }
}

/** A member in generation 1 with these partitions; what it did to get there is not new any more. */
export const memberWith = (share: string, config: Partial<MemberConfig> = {}): MemberRig => {
  const topics = [...new Set(places(share).map(({ topic }) => topic))];
  const rig = new MemberRig(config).join(topics).joined().synced(share);
  rig.kinds();
  return rig;
};
