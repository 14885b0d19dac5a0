/** Identifies a generated example, to run it again: see `ConformanceOptions`. */
export interface Replay {
  readonly seed: number;
  readonly path: string;
}

/** A result that is not what it must be. */
export class Failure extends Error {
  override readonly name = 'Failure';
  /** The generated example that failed. */
  readonly replay?: Replay;

  constructor(message: string, replay?: Replay) {
    super(message);
    this.replay = replay;
  }
}
