/* What the page and its doctor's worker say to each other. */

/** The layer that is measured. */
export interface Shape {
  readonly cell: 'lstm' | 'gru' | 'rnn';
  readonly units: number;
  /** Rows of a batch. */
  readonly batch: number;
  /** Time steps. */
  readonly steps: number;
  /** Whole steps of training, not forward passes alone. */
  readonly train: boolean;
}

export interface Measured {
  readonly label: string;
  readonly device?: string;
  readonly software?: boolean;
  readonly medianMs?: number;
  /** Half of the times lie within this range around the median, as a share of it. */
  readonly spread?: number;
  /** Why the layer is not fused; absent where it is. */
  readonly composed?: string;
  /** Why it was left out. */
  readonly error?: string;
}

export type DoctorTold =
  | { readonly kind: 'progress'; readonly share: number; readonly backend: string; readonly doing: string }
  | {
      readonly kind: 'finished';
      /** Absent where no backend runs. */
      readonly recommended?: string;
      readonly reason: string;
      readonly measured: readonly Measured[];
    }
  | { readonly kind: 'failed'; readonly reason: string };
