/** A program that people are shown. */
export interface Example {
  /** In `examples/`. */
  readonly file: string;
  /** Lines of what it prints, in no order. */
  readonly says: readonly RegExp[];
}

export const EXAMPLES: readonly Example[] = [
  {
    file: 'account.ts',
    says: [
      /^at noon the account has 70$/m,
      /^in the evening it has 75$/m,
      /^replayed for another question: 1 withdrawal$/m,
    ],
  },
  {
    file: 'delayed-cancel.ts',
    says: [
      /^the first order is paid, and its deadline taken back$/m,
      /^the second order is cancelled: not paid after (1[5-9]|[2-9]\d|\d{3,}) minutes$/m,
    ],
  },
  {
    file: 'flash-sale.ts',
    says: [
      /^20 are served at once, 180 are told to wait$/m,
      /^80 have bought, 120 came too late, nobody twice$/m,
    ],
  },
  {
    file: 'log-collection.ts',
    says: [/^3000 lines are in 3 files, in order$/m, /^12 errors were found on the way$/m],
  },
  {
    file: 'metrics-pipeline.ts',
    says: [/^crashed at sample 100$/m, /^18 rollups are exact$/m, /^above 90: db-1 at 50 s$/m],
  },
  {
    file: 'retry-ladder.ts',
    says: [/^bank-north: attempt 3 succeeded$/m, /^bank-south does not answer: a dead letter$/m],
  },
  {
    file: 'transfers.ts',
    says: [
      /^180 deliveries, 120 of them passed over$/m,
      /^the balances are \d+, \d+, \d+: exact$/m,
    ],
  },
  {
    file: 'user-events.ts',
    says: [
      /^mail has welcomed 10 users, billing has written 10 invoices$/m,
      /^analytics comes later, and finds 10 who left$/m,
    ],
  },
  {
    file: 'wider-topic.ts',
    says: [
      /^\d+ orders were copied, then the writer went over$/m,
      /^1200 orders are handled, those of 40 customers in order$/m,
    ],
  },
  {
    file: 'windowed-count.ts',
    says: [
      /^counting from offset 0$/m,
      /^crashed at offset 130$/m,
      /^counting from offset 100$/m,
      /^(\S+: 60 views\n){5}$/m,
    ],
  },
  {
    file: 'work-queue.ts',
    says: [
      /^job-7 succeeded at attempt 3$/m,
      /^job-13 failed 4 times: see ottla dlq list jobs-dead$/m,
      /^99 jobs are done, 1 is a dead letter$/m,
    ],
  },
];
