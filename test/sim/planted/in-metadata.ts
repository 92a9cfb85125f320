import type { Edit, Planted } from './fault.ts';

const IMAGE = 'src/metadata/apply-batch.ts';

/** As the program checks itself: what it would end at must come to the eyes of the others. */
const UNCHECKED_IMAGE: Edit = {
  path: 'src/controller/metadata-writer.ts',
  original: 'checkTransition(this.#image, next);',
  fault: 'void checkTransition;',
};

/** The set of targets in sync, where the step does not look whether it is all of them. */
const TARGETS_IN_SYNC_ONLY: Edit = {
  path: 'src/controller/reassignment.ts',
  original: 'replicas: targets, isr: targets, rules',
  fault: 'replicas: targets, isr: targets.filter((id) => isr.includes(id)), rules',
};

/** What is planted in the metadata, and in what controllers decide. */
export const PLANTED_IN_METADATA: readonly Planted[] = [
  {
    name: 'elect-out-of-sync',
    path: 'src/controller/election.ts',
    original: 'if (!rules.allowsUnclean) return NONE;',
    fault: '',
    finder: { scenarios: 'cluster', name: 'has no leader rather than one that lacks' },
    property: 'leader-completeness',
  },
  {
    name: 'delete-a-topic-by-its-name',
    path: 'src/client/admin/delete-topics.ts',
    original: 'request: { names: [], topicIds, validateOnly: false },',
    fault: 'request: { names, topicIds: topicIds.slice(0, 0), validateOnly: false },',
    finder: { scenarios: 'late-requests', name: 'that the client sends, come late' },
  },
  {
    name: 'pass-a-deletion-on-by-name',
    path: 'src/client/admin/delete-topics.ts',
    original: 'request: { names: [], topicIds, validateOnly: false },',
    fault: 'request: { names, topicIds: topicIds.slice(0, 0), validateOnly: false },',
    also: [
      {
        path: 'src/broker/client/admin.ts',
        original: '{ names: [], topicIds: ids, validateOnly }',
        fault: '{ names, topicIds: ids.slice(found.length), validateOnly }',
      },
    ],
    finder: { scenarios: 'late-requests', name: 'that a broker passes on, come late' },
  },
  {
    name: 'delete-records-up-to-what-is-there-then',
    path: 'src/client/admin/delete-records.ts',
    original: 'beforeOffset: before,',
    fault: 'beforeOffset: before * 0 - 1,',
    finder: { scenarios: 'late-requests', name: 'all records, come late' },
  },
  {
    name: 'keep-a-lost-disk-eligible',
    path: 'src/controller/eligible.ts',
    original: '!isr.includes(id) && !lost.includes(id);',
    fault: '!isr.includes(id) && lost !== undefined;',
    finder: { scenarios: 'eligible', name: 'is not eligible any more once it has lost' },
  },
  {
    name: 'keep-eligible-who-is-behind',
    path: 'src/controller/eligible.ts',
    original: 'if (isr.length >= leastCount || isUncleanChoice',
    fault: 'if (leastCount < 0 || isUncleanChoice',
    finder: { scenarios: 'eligible', name: 'is not eligible where those who stay' },
    property: 'leader-completeness',
  },
  {
    name: 'elect-the-first-to-return',
    path: 'src/controller/recovery/recovered-leader.ts',
    original: 'const isEnough = isComplete ||',
    fault: 'const isEnough = isComplete || ends.length > 0 ||',
    also: [
      {
        path: 'src/controller/recovery/recovered-leader.ts',
        original: 'partition.lastKnownElr.some((id) => !rules.isAcceptable(id))',
        fault: 'partition.lastKnownElr.every((id) => !rules.isAcceptable(id))',
      },
      {
        path: 'src/metadata/image.ts',
        original: 'partition.isr.length + partition.elr.length === 0 &&',
        fault: 'partition.isr.length === 0 &&',
      },
    ],
    finder: { scenarios: 'eligible', name: 'the one that kept most leads' },
  },
  {
    name: 'let-a-fenced-broker-join',
    path: 'src/controller/isr.ts',
    original: 'isUsableBroker(image, member.brokerId) &&\n  (member',
    fault: '(member',
    finder: { scenarios: 'in-sync', name: 'is not joined by a broker that was fenced' },
  },
  {
    name: 'ignore-the-broker-epoch',
    path: 'src/controller/isr.ts',
    original: 'image.brokers.get(member.brokerId)?.brokerEpoch === member.brokerEpoch);',
    fault: 'image.brokers.has(member.brokerId));',
    // That a disk was replaced is noted, which makes the partition epoch another one as well.
    also: [
      {
        path: 'src/controller/registration.ts',
        original: 'directoryChange(registration, request),',
        fault: 'directoryChange(registration, request) && undefined,',
      },
    ],
    finder: { scenarios: 'empty-disk', name: 'does not join by what its earlier registration' },
  },
  {
    name: 'give-producer-ids-out-twice',
    path: 'src/controller/producer-ids.ts',
    original: 'firstProducerId + PRODUCER_ID_BLOCK_COUNT));',
    fault: 'firstProducerId));',
    finder: { seeds: '1-30' },
  },
  {
    name: 'forget-producer-ids-in-a-snapshot',
    path: 'src/metadata/snapshot.ts',
    original:
      '...(image.nextProducerId === 0 ? [] : [producerIdsRecord(NO_BROKER, image.nextProducerId)]),',
    fault: '',
    finder: { seeds: '1-30' },
    property: 'image-agreement',
  },
  {
    name: 'give-a-topic-the-id-of-an-older-one',
    path: 'src/controller/controller-node.ts',
    original: 'topicIds: request.topics.map(() => randomId(random)),',
    fault: "topicIds: request.topics.map(({ name }) => name.slice(0, 21).padEnd(22, 'A')),",
    finder: { seeds: '1-30' },
    property: 'topic-ids',
  },
  {
    name: 'acknowledge-from-memory',
    path: 'src/metadata/topic-configs.ts',
    original: "ackDurability: text('ack.durability') === 'memory' ? 'memory' : 'fsync',",
    fault: "ackDurability: 'memory',",
    finder: { scenarios: 'memory', name: 'is not acknowledged under fsync' },
  },
  {
    name: 'keep-the-partition-epoch',
    path: IMAGE,
    original: 'partitionEpoch: previous.partitionEpoch + 1,',
    fault: 'partitionEpoch: previous.partitionEpoch,',
    also: [UNCHECKED_IMAGE],
    finder: { seeds: '1-30' },
    property: 'registration-epochs',
  },
  {
    name: 'forget-who-left-the-set',
    path: 'src/controller/eligible.ts',
    original: 'elr: replicas.filter(isEligible),',
    fault: 'elr: [],',
    finder: { seeds: '1-30' },
    property: 'registration-shape',
  },
  {
    name: 'elect-a-fenced-broker',
    path: 'src/controller/election.ts',
    original: 'isUsableBroker(image, brokerId) &&\n      context',
    fault: 'context',
    also: [UNCHECKED_IMAGE],
    finder: { seeds: '1-30' },
    property: 'fenced-stays-out',
  },
  {
    name: 'register-under-a-lower-epoch',
    path: IMAGE,
    original: 'const brokerEpoch: number = index;',
    fault: 'const brokerEpoch: number = (previous?.brokerEpoch ?? index + 1) - 1;',
    also: [UNCHECKED_IMAGE],
    finder: { seeds: '1-30' },
    property: 'broker-epochs',
  },
  {
    name: 'go-back-to-the-first-producer-id',
    path: 'src/metadata/snapshot.ts',
    original: 'producerIdsRecord(NO_BROKER, image.nextProducerId)]',
    fault: 'producerIdsRecord(NO_BROKER, 1)]',
    finder: { seeds: '1-30' },
    property: 'producer-ids',
  },
  {
    name: 'acknowledge-compacted-records-from-memory',
    path: 'src/metadata/topic-configs.ts',
    original: "ackDurability: text('ack.durability') === 'memory' ? 'memory' : 'fsync',",
    fault: "ackDurability: 'memory',",
    finder: { scenarios: 'compaction', name: 'nothing else .seed 14' },
    property: 'compacted-records',
  },
  {
    name: 'finish-a-move-with-a-target-out-of-sync',
    path: 'src/controller/reassignment.ts',
    original: 'if (!targets.every((id) => isr.includes(id) && rules.isAcceptable(id)))',
    fault: 'if (!targets.slice(0, -1).every((id) => isr.includes(id) && rules.isAcceptable(id)))',
    also: [UNCHECKED_IMAGE, TARGETS_IN_SYNC_ONLY],
    finder: { scenarios: 'reassignment', name: 'while one of them cannot catch up' },
    property: 'targets-in-sync',
  },
  {
    name: 'drop-a-leader-before-it-hands-over',
    path: 'src/controller/reassignment.ts',
    original: 'if (!targets.includes(leader)) return { leader: preferredReplica(targets, rules) };',
    fault: '',
    also: [UNCHECKED_IMAGE],
    finder: { scenarios: 'reassignment', name: 'is theirs alone, with every record' },
    property: 'leader-hands-over',
  },
];
