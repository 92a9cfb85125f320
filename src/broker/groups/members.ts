import { assert } from '../../base/assert.ts';
import type { ErrorCode } from '../../base/errors.ts';
import type { GroupMember } from './member.ts';
import type { MemberIdentity, MemberProtocol } from './types.ts';

/**
 * Who is in a group: members in the order of their joining, static ones by instance id, and ids
 * that were given out and have not joined yet.
 */
export class GroupMembers {
  readonly #members = new Map<string, GroupMember>();
  readonly #idsByInstance = new Map<string, string>();
  /** Ids given out by MEMBER_ID_REQUIRED. */
  readonly pendingIds = new Set<string>();
  #leaderId: string | undefined;
  #protocolType: string | undefined;

  get size(): number {
    return this.#members.size;
  }
  get leaderId(): string | undefined {
    return this.#leaderId;
  }
  /** Of the members, or of the last ones there were; undefined where none ever was. */
  get protocolType(): string | undefined {
    return this.#protocolType;
  }
  get all(): readonly GroupMember[] {
    return [...this.#members.values()];
  }
  get parkedJoinCount(): number {
    return this.all.filter(({ parkedJoinId }) => parkedJoinId !== undefined).length;
  }
  get haveAllRejoined(): boolean {
    return this.pendingIds.size === 0 && this.parkedJoinCount === this.size;
  }
  /** The slowest member's. */
  get rebalanceTimeoutMs(): number {
    return this.all.reduce((max, { rebalanceTimeoutMs: own }) => Math.max(max, own), 0);
  }

  has(memberId: string): boolean {
    return this.#members.has(memberId);
  }

  get(memberId: string): GroupMember | undefined {
    return this.#members.get(memberId);
  }

  byInstance(instanceId: string | undefined): GroupMember | undefined {
    const id = instanceId === undefined ? undefined : this.#idsByInstance.get(instanceId);
    return id === undefined ? undefined : this.#members.get(id);
  }

  /** The member that a request is from, or why it is from none. */
  identify({ memberId, instanceId }: MemberIdentity): GroupMember | ErrorCode {
    if (instanceId !== undefined) {
      const current = this.#idsByInstance.get(instanceId);
      if (current === undefined) return 'UNKNOWN_MEMBER_ID';
      if (current !== memberId) return 'FENCED_INSTANCE_ID';
    }
    return this.#members.get(memberId) ?? 'UNKNOWN_MEMBER_ID';
  }

  /** The first one leads, and says of what type the group is. */
  add(member: GroupMember, protocolType: string): void {
    assert(!this.#members.has(member.id), 'a member joins a group once');
    if (this.size === 0) this.#protocolType = protocolType;
    this.#members.set(member.id, member);
    this.pendingIds.delete(member.id);
    if (member.instanceId !== undefined) this.#idsByInstance.set(member.instanceId, member.id);
    this.#leaderId ??= member.id;
  }

  remove(member: GroupMember): void {
    this.#members.delete(member.id);
    if (member.instanceId !== undefined) this.#idsByInstance.delete(member.instanceId);
    if (this.#leaderId === member.id) this.#leaderId = this.#members.keys().next().value;
  }

  /** Gives a static member the id of its new process; it keeps its place, also as leader. */
  rename(member: GroupMember, memberId: string): void {
    const others = this.all;
    const wasLeader = this.#leaderId === member.id;
    this.#members.clear();
    member.id = memberId;
    for (const each of others) this.#members.set(each.id, each);
    if (member.instanceId !== undefined) this.#idsByInstance.set(member.instanceId, memberId);
    if (wasLeader) this.#leaderId = memberId;
  }

  /** Lets one lead that waits for the next generation; false where none does. */
  electRejoinedLeader(): boolean {
    const hasRejoined = ({ parkedJoinId }: GroupMember): boolean => parkedJoinId !== undefined;
    const leader = this.#leaderId === undefined ? undefined : this.#members.get(this.#leaderId);
    const next = leader !== undefined && hasRejoined(leader) ? leader : this.all.find(hasRejoined);
    if (next === undefined) return false;
    this.#leaderId = next.id;
    return true;
  }

  /** True when a member with these protocols can be in one generation with all others. */
  canTake(
    protocolType: string,
    protocols: readonly MemberProtocol[],
    except: GroupMember | undefined,
  ): boolean {
    const others = this.all.filter((member) => member !== except);
    if (protocolType === '' || protocols.length === 0) return false;
    if (others.length === 0) return true;
    if (this.#protocolType !== protocolType) return false;
    return protocols.some(({ name }) => others.every((member) => member.supports(name)));
  }

  /**
   * The protocol with the most votes among those that all support; each member votes for the one
   * it wants most. Of several, the one that was voted for first, in the order of joining.
   */
  chooseProtocol(): string {
    const votes = new Map<string, number>();
    for (const member of this.#members.values()) {
      const vote = member.protocols.find(({ name }) => this.all.every((it) => it.supports(name)));
      assert(vote !== undefined, 'the members of a group have a protocol in common');
      votes.set(vote.name, (votes.get(vote.name) ?? 0) + 1);
    }
    const [first, ...rest] = [...votes];
    assert(first !== undefined, 'a group without members chooses nothing');
    return rest.reduce((best, next) => (next[1] > best[1] ? next : best), first)[0];
  }

  /** As it was stored. */
  restore(
    members: readonly GroupMember[],
    from: { readonly leader: string | undefined; readonly protocolType: string },
  ): void {
    for (const member of members) this.add(member, from.protocolType);
    if (from.protocolType !== '') this.#protocolType = from.protocolType;
    if (from.leader !== undefined && this.has(from.leader)) this.#leaderId = from.leader;
  }
}
