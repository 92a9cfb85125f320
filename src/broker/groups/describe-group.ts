import type { ErrorCode } from '../../base/errors.ts';
import type { GroupCore } from './group-core.ts';
import type { DescribedGroup } from './groups.ts';

const NO_BYTES = new Uint8Array(0);

/** A group that is not here, and why: NONE where there is none. */
export const unknownGroup = (groupId: string, code: ErrorCode): DescribedGroup => ({
  code,
  groupId,
  state: 'dead',
  protocolType: '',
  generation: 0,
  protocol: '',
  leader: '',
  members: [],
});

/** What members want and were given is told of a stable group only: else it is about to change. */
export const describeGroup = (core: GroupCore): DescribedGroup => {
  const isStable = core.state === 'stable';
  return {
    code: 'NONE',
    groupId: core.groupId,
    state: core.state,
    protocolType: core.protocolType ?? '',
    generation: core.generation,
    protocol: (isStable ? core.protocol : undefined) ?? '',
    leader: core.leaderId ?? '',
    members: core.members.map((member) => ({
      memberId: member.id,
      instanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      metadata: isStable ? member.metadataFor(core.protocol) : NO_BYTES,
      assignment: isStable ? member.assignment : NO_BYTES,
      handlerTimes: member.handlerTimes,
    })),
  };
};
