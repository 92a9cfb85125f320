import { OttlaError } from '../../../base/errors.ts';
import { boolean, int8, int16, int32, string, struct } from '../../../kafka/wire/field.ts';
import { FrameWriter } from '../../../kafka/wire/frame-writer.ts';
import { Message } from '../../../kafka/wire/message.ts';
import { MessageReader } from '../../../kafka/wire/message-reader.ts';

/** `overflow`: gets partitions only while its group is far behind, or has no other members. */
export type Lane = 'main' | 'overflow';

/** What a member says of itself to whoever decides the shares. */
export interface MemberData {
  /** What it is called by where some members are put on standby; undefined: nothing. */
  readonly label: string | undefined;
  readonly lane: Lane;
  /** It had partitions when it was given its share last. */
  readonly hadWork: boolean;
}

/** As read; `keepsFences`: where it decides, it gives away no partition behind a fence. */
export type ToldMemberData = MemberData & { readonly keepsFences: boolean };

const UNTOLD: ToldMemberData = {
  label: undefined,
  lane: 'main',
  hadWork: false,
  keepsFences: false,
};
/** `ottl`: user data of other clients is something else. */
const MAGIC = 0x6f_74_74_6c;
const VERSION = 0;
const NEVER_FLEXIBLE = Number.POSITIVE_INFINITY;

/**
 * The first field stands where Kafka's cooperative-sticky assignor has its generation, and is that:
 * a Java client that does not know the subscription's own field reads it there, and nothing behind.
 */
const memberData = new Message(
  struct({
    generation: int32(),
    magic: int32(),
    version: int16(),
    label: string({ nullableSince: 0 }),
    lane: int8(),
    hadWork: boolean(),
  }),
  NEVER_FLEXIBLE,
);

/** The user data of a subscription. Whoever writes it keeps fences. */
export const encodeMemberData = (
  { label, lane, hadWork }: MemberData,
  generation: number,
): Uint8Array => {
  const writer = new FrameWriter();
  memberData.encode(writer, VERSION, {
    generation,
    magic: MAGIC,
    version: VERSION,
    label: label ?? null,
    lane: lane === 'overflow' ? 1 : 0,
    hadWork,
  });
  return writer.bytes();
};

/** Of whatever stands there: who says nothing that is known here has no label, in the main lane. */
export const decodeMemberData = (userData: Uint8Array | null): ToldMemberData => {
  if (userData === null) return UNTOLD;
  try {
    const { magic, label, lane, hadWork } = memberData.decode(new MessageReader(userData), VERSION);
    if (magic !== MAGIC) return UNTOLD;
    const name = label ?? undefined;
    return { label: name, lane: lane === 1 ? 'overflow' : 'main', hadWork, keepsFences: true };
  } catch (error) {
    if (error instanceof OttlaError) return UNTOLD;
    throw error;
  }
};
