/** The cells, in the order in which they were invented. */
export const KINDS = ['rnn', 'lstm', 'gru'] as const;
export type Kind = (typeof KINDS)[number];
