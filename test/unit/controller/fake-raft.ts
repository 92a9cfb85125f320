import { OttlaError } from '../../../src/base/errors.ts';
import type { DirectoryId, LogIndex, NodeId, Term } from '../../../src/base/ids.ts';
import type { Quorum } from '../../../src/controller/controller-node.ts';
import type { MetadataRecord } from '../../../src/gen/ottla.ts';
import { MetadataBatch } from '../../../src/gen/ottla.ts';
import type { MetadataEntry, MetadataLoader } from '../../../src/metadata/loader.ts';
import { KNOWN_VERSIONS } from '../../../src/metadata/versions.ts';

export interface FakeRaftOptions {
  readonly nodeId: NodeId;
  readonly loader: MetadataLoader;
}

export const directoryOf = (nodeId: NodeId): DirectoryId => `directory-${nodeId}`;

/** A quorum of one that commits when told, or at once with `commitsAtOnce`. */
export class FakeRaft implements Quorum {
  commitsAtOnce = false;
  proposedCount = 0;
  readonly voters = new Set<NodeId>([1]);
  readonly announced = new Map<NodeId, string>();
  readonly #nodeId: NodeId;
  readonly #loader: MetadataLoader;
  #term: Term = 0;
  #isLeader = false;
  #lastIndex: LogIndex = 0;
  #uncommitted: MetadataEntry[] = [];
  #isRefusing = false;

  constructor({ nodeId, loader }: FakeRaftOptions) {
    this.#nodeId = nodeId;
    this.#loader = loader;
  }

  /** Leads from here on; the leader's own first entry takes an index, and is not metadata. */
  lead(term: Term): void {
    this.#term = term;
    this.#isLeader = true;
    this.#lastIndex += 1;
  }

  /** Another leads; what was not committed is gone. */
  follow(term: Term): void {
    this.#term = term;
    this.#isLeader = false;
    this.#lastIndex -= this.#uncommitted.length;
    this.#uncommitted = [];
  }

  refuseNext(): void {
    this.#isRefusing = true;
  }

  propose(payload: Uint8Array): { readonly index: LogIndex; readonly term: Term } {
    if (!this.#isLeader || this.#isRefusing) {
      this.#isRefusing = false;
      throw new OttlaError('NOT_CONTROLLER', 'raft takes no proposal now');
    }
    this.proposedCount += 1;
    this.#lastIndex += 1;
    const position = { index: this.#lastIndex, term: this.#term };
    this.#uncommitted.push({ ...position, payload });
    if (this.commitsAtOnce) queueMicrotask(() => this.commit());
    return position;
  }

  /** Commits the first `count` of what is not committed yet. */
  commit(count = this.#uncommitted.length): void {
    this.#loader.onCommitted(this.#uncommitted.splice(0, count));
  }

  /** Another leader's entry is committed where the first uncommitted one of this node was. */
  overwrite(term: Term, records: readonly MetadataRecord[]): void {
    const index = this.#uncommitted[0]?.index ?? this.#lastIndex + 1;
    this.#uncommitted = [];
    this.#lastIndex = index;
    this.#loader.onCommitted([{ index, term, payload: MetadataBatch.encode({ records }) }]);
  }

  voterVersions(): ReturnType<Quorum['voterVersions']> {
    return [{ nodeId: this.#nodeId, isHeard: true, range: KNOWN_VERSIONS }];
  }

  status(): ReturnType<Quorum['status']> {
    return {
      leaderId: this.#isLeader ? this.#nodeId : -1,
      term: this.#term,
      commitIndex: this.#lastIndex - this.#uncommitted.length,
      lastIndex: this.#lastIndex,
      peers: [],
      voters: [...this.voters].map((nodeId) => ({
        nodeId,
        directoryId: directoryOf(nodeId),
        address: '',
      })),
    };
  }

  announcedAddress(nodeId: NodeId): string | undefined {
    return this.announced.get(nodeId);
  }

  /** As raft with a majority that is always up. */
  async changeVoters(change: Parameters<Quorum['changeVoters']>[0]): Promise<void> {
    const { kind, nodeId, directoryId = directoryOf(nodeId) } = change;
    const isVoter = this.voters.has(nodeId) && directoryId === directoryOf(nodeId);
    if (kind === 'add' && isVoter) throw new OttlaError('DUPLICATE_VOTER', 'a voter already');
    if (kind === 'remove' && !isVoter) throw new OttlaError('VOTER_NOT_FOUND', 'no voter');
    if (kind === 'add') this.voters.add(nodeId);
    else this.voters.delete(nodeId);
  }
}
