/** A program that people are shown. */
export interface Example {
  /** In `examples/`. */
  readonly file: string;
  /** Lines of what it prints, in no order. */
  readonly says: readonly RegExp[];
}

export const EXAMPLES: readonly Example[] = [
  {
    file: 'delayed-cancel.ts',
    says: [
      /^the first order is paid, and its deadline taken back$/m,
      /^the second order is cancelled: not paid after (1[5-9]|[2-9]\d|\d{3,}) minutes$/m,
    ],
  },
  {
    file: 'retry-ladder.ts',
    says: [/^bank-north: attempt 3 succeeded$/m, /^bank-south does not answer: a dead letter$/m],
  },
];
