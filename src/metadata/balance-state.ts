import type { NodeId, PartitionId, TopicId } from '../base/ids.ts';
import { partitionKey } from '../base/ids.ts';
import type { MetadataRecord } from '../gen/ottla.ts';
import type { MetadataImage } from './image.ts';
import { configResource, isBeingReassigned, partitionOf, targetReplicas } from './image.ts';
import { configRecord } from './records.ts';

/**
 * What the controller is about by itself, as settings that no client can set: whichever controller
 * is active finds them. Controllers of earlier releases keep them, and do nothing.
 */
const TYPE = 'balance';
const GOAL = { type: TYPE, name: 'goal' };
const MOVES = { type: TYPE, name: 'moves' };
const HEALED = { type: TYPE, name: 'healed' };
const REASON_KEY = 'reason';

/** `heal`: a replica is rebuilt whose broker is away. `even`: brokers are to have as much. */
export type MoveKind = 'heal' | 'even';

/** A move that the controller has begun by itself. */
export interface OwnMove {
  readonly topicId: TopicId;
  readonly partition: PartitionId;
  readonly kind: MoveKind;
  /** The target; a partition that goes to another one meanwhile is somebody else's move. */
  readonly replicas: readonly NodeId[];
  /** Of a heal: the brokers whose replicas are rebuilt. */
  readonly owners: readonly NodeId[];
}

/** Why brokers are to be made even; undefined: they are not. */
export const balanceReason = ({ configs }: MetadataImage): string | undefined =>
  configs.get(configResource(GOAL.type, GOAL.name))?.get(REASON_KEY);

/** Sets the goal, for a reason that is shown; without one takes it back. */
export const balanceGoalRecord = (reason: string | undefined): MetadataRecord =>
  configRecord(GOAL, REASON_KEY, reason);

/** True for a broker of which replicas were rebuilt elsewhere, since it was last in service. */
export const isHealed = ({ configs }: MetadataImage, brokerId: NodeId): boolean =>
  configs.get(configResource(HEALED.type, HEALED.name))?.has(String(brokerId)) === true;

export const healedRecord = (brokerId: NodeId, isOn: boolean): MetadataRecord =>
  configRecord(HEALED, String(brokerId), isOn ? 'true' : undefined);

/** All that are noted, those too that are over: see `isUnderWay`. */
export const ownMoves = ({ configs }: MetadataImage): OwnMove[] => {
  const noted = configs.get(configResource(MOVES.type, MOVES.name));
  return noted === undefined ? [] : [...noted].map(([key, value]) => parseMove(key, value));
};

export const ownMoveRecord = (move: OwnMove): MetadataRecord =>
  configRecord(
    MOVES,
    keyOf(move),
    `${move.kind} ${move.replicas.join(',')} ${move.owners.join(',')}`,
  );

/** To be written once the move is over, and before another of the partition is noted. */
export const forgetMoveRecord = (move: OwnMove): MetadataRecord =>
  configRecord(MOVES, keyOf(move), undefined);

/** True while the partition goes where the note says. */
export const isUnderWay = (image: MetadataImage, move: OwnMove): boolean =>
  goesThere(image, move) === 'on its way';

/** True once the partition is where the note says. */
export const isArrived = (image: MetadataImage, move: OwnMove): boolean =>
  goesThere(image, move) === 'there';

const goesThere = (
  image: MetadataImage,
  { topicId, partition, replicas }: OwnMove,
): 'on its way' | 'there' | 'elsewhere' => {
  const registration = partitionOf(image, topicId, partition);
  if (registration === undefined) return 'elsewhere';
  if (targetReplicas(registration).join() !== replicas.join()) return 'elsewhere';
  return isBeingReassigned(registration) ? 'on its way' : 'there';
};

const keyOf = ({ topicId, partition }: OwnMove): string => partitionKey(topicId, partition);

/** Topic ids may hold a hyphen: the number is behind the last. */
const parseMove = (key: string, value: string): OwnMove => {
  const hyphen = key.lastIndexOf('-');
  const [kind, replicas = '', owners = ''] = value.split(' ');
  return {
    topicId: key.slice(0, hyphen),
    partition: Number(key.slice(hyphen + 1)),
    kind: kind === 'heal' ? 'heal' : 'even',
    replicas: parseIds(replicas),
    owners: parseIds(owners),
  };
};

const parseIds = (text: string): NodeId[] => (text === '' ? [] : text.split(',').map(Number));
