/** What the SDK says with an offset that it commits. */
export interface CommitText {
  /** How large the topic was when the group began, as `sizeNote` writes it; '': not said. */
  readonly note: string;
  /** What is finished above the offset, as `encodeFinished` writes it; '': nothing. */
  readonly finished: string;
}

const BEGUN_WITH = 'partitions at the start: ';
const FORM = new RegExp(`^(${BEGUN_WITH}\\d+)?(?:; )?(done\\d+=.*)?$`);

export const sizeNote = (partitionCount: number): string => `${BEGUN_WITH}${partitionCount}`;

/** Undefined where the note is ''. */
export const sizeInNote = (note: string): number | undefined =>
  note === '' ? undefined : Number(note.slice(BEGUN_WITH.length));

export const joinCommitText = ({ note, finished }: CommitText): string =>
  note !== '' && finished !== '' ? `${note}; ${finished}` : note + finished;

/** Both '' where the text is another client's, or the user's own words. */
export const splitCommitText = (text: string): CommitText => {
  const [, note = '', finished = ''] = FORM.exec(text) ?? [];
  return { note, finished };
};
