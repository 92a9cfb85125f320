export type AnomalyKind =
  | 'inconsistent-offsets'
  | 'duplicate'
  | 'G1a'
  | 'lost-write'
  | 'unseen'
  | 'poll-skip'
  | 'nonmonotonic-poll'
  | 'int-poll-skip'
  | 'int-nonmonotonic-poll'
  | 'nonmonotonic-send'
  | 'int-nonmonotonic-send'
  | 'two-owners'
  | 'commit-back'
  | 'lost-commit'
  | 'unhandled';

/** Something that no run of a right cluster can show. */
export interface Anomaly {
  readonly kind: AnomalyKind;
  readonly key: string;
  /** One line: the values, and where. */
  readonly detail: string;
}

/**
 * The names are those of Jepsen's workload, but for those of groups; `int-` means: within one
 * operation.
 */
export const describeAnomaly = ({ kind, key, detail }: Anomaly): string =>
  `${kind} on ${key}: ${detail}`;
