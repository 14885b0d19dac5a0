/** Identifies a generated example, so that it can be run again: see `ConformanceOptions`. */
export interface Replay {
  readonly seed: number;
  readonly path: string;
}

/** A case failed: a result is not as expected. */
export class Failure extends Error {
  override readonly name = 'Failure';
  /** The generated example that failed. */
  readonly replay?: Replay;

  constructor(message: string, replay?: Replay) {
    super(message);
    this.replay = replay;
  }
}
