import type { Row } from '@recurra/bench/results';

/** A row's time divided by that of the base; undefined if the base was not timed. */
export type Ratio = (row: Row) => number | undefined;
