/* The messages between the page and the worker that measures the reader's layer. */

/** The layer that is measured. */
export interface Shape {
  readonly cell: 'lstm' | 'gru' | 'rnn';
  readonly units: number;
  /** Sequences in a batch. */
  readonly batch: number;
  /** Time steps. */
  readonly steps: number;
  /** True to measure training steps, false to measure forward passes. */
  readonly train: boolean;
}

export interface Measured {
  readonly label: string;
  readonly device?: string;
  readonly software?: boolean;
  readonly medianMs?: number;
  /** The interquartile range, as a share of the median. */
  readonly spread?: number;
  /** The reason why the layer does not run as a fused kernel; absent if it does. */
  readonly composed?: string;
  /** The reason why it was left out. */
  readonly error?: string;
}

export type DoctorMessage =
  | { readonly kind: 'progress'; readonly share: number; readonly backend: string; readonly doing: string }
  | {
      readonly kind: 'finished';
      /** Absent if no backend runs. */
      readonly recommended?: string;
      readonly reason: string;
      readonly measured: readonly Measured[];
    }
  | { readonly kind: 'failed'; readonly reason: string };
