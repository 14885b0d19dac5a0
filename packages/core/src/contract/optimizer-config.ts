/**
 * A learning rate that depends on the step t (one batch), which is 0 for the first step:
 * - `constant`: rate;
 * - `step`: rate · factor^⌊t / every⌋ (PyTorch's StepLR; factor 0.1);
 * - `exponential`: rate · factor^t (ExponentialLR);
 * - `cosine`: from rate to floor (default 0) along half a cosine over `steps` steps, then floor (CosineAnnealingLR;
 *   Loshchilov & Hutter 2017);
 * - `warmUp`: linearly from startFactor (default 1/3) times the first rate of `after` up to that rate over `steps`
 *   steps, then `after`, starting at its own t = 0 (a SequentialLR of LinearLR and the other schedule).
 */
export type Schedule =
  | { readonly kind: 'constant'; readonly rate: number }
  | { readonly kind: 'step'; readonly rate: number; readonly every: number; readonly factor?: number }
  | { readonly kind: 'exponential'; readonly rate: number; readonly factor: number }
  | { readonly kind: 'cosine'; readonly rate: number; readonly steps: number; readonly floor?: number }
  | {
      readonly kind: 'warmUp';
      readonly steps: number;
      readonly startFactor?: number;
      readonly after: LearningRate;
    };

/**
 * A learning rate: a number, a schedule, or a function that returns the rate of a step. Steps are counted from 1. The function
 * must return the same rate for the same step. A checkpoint cannot store it, so it must be passed again on resume.
 */
export type LearningRate = number | Schedule | ((step: number) => number);

interface Common {
  readonly learningRate: LearningRate;
  /**
   * The L2 penalty added to the gradient or, for `adamw`, the decoupled weight decay (Loshchilov & Hutter 2019).
   * Default 0; for `adamw` 0.01.
   */
  readonly weightDecay: number;
}

/** Stochastic gradient descent. Its state is `[velocity]` with momentum, otherwise empty. */
export interface SgdConfig extends Common {
  readonly kind: 'sgd';
  /** The factor of the previous velocity. Default 0. */
  readonly momentum: number;
  /** Use Nesterov momentum (Sutskever et al. 2013). Default false. */
  readonly nesterov: boolean;
}

/** Adam (Kingma & Ba 2015) and AdamW. Their state is `[m, v]`, or `[m, v, vMax]` with amsgrad (Reddi et al. 2018). */
export interface AdamConfig extends Common {
  readonly kind: 'adam' | 'adamw';
  /** The decay of the running mean of the gradient. Default 0.9. */
  readonly beta1: number;
  /** The decay of the running mean of the squared gradient. Default 0.999. */
  readonly beta2: number;
  /** A constant added to the square root. Default 1e-8. */
  readonly epsilon: number;
  /** Divide by the root of the largest mean square so far. Default false. */
  readonly amsgrad: boolean;
}

/**
 * RMSProp (Hinton 2012; centered: Graves 2013). Its state is `[square]`, or `[variance, mean]` if centered, followed by
 * `velocity` with momentum.
 */
export interface RmspropConfig extends Common {
  readonly kind: 'rmsprop';
  /** The decay of the running mean square. Default 0.99. */
  readonly decay: number;
  /** A constant added to the square root. Default 1e-8. */
  readonly epsilon: number;
  /** The factor of the previous velocity. Default 0. */
  readonly momentum: number;
  /** Divide by the root of the variance, not of the mean square. Default false. */
  readonly centered: boolean;
}

/** Adagrad (Duchi et al. 2011). Its state is `[sum]`. */
export interface AdagradConfig extends Common {
  readonly kind: 'adagrad';
  /** A constant added to the square root. Default 1e-10. */
  readonly epsilon: number;
  /** The decay of the learning rate, which is divided by 1 + (step − 1) · learningRateDecay. Default 0. */
  readonly learningRateDecay: number;
  /** The initial value of the sum of squares. Default 0. */
  readonly initialAccumulator: number;
}

/**
 * An optimizer with all options filled in. {@link sgd}, {@link adam} and the others return it, and checkpoints store
 * it.
 */
export type OptimizerConfig = SgdConfig | AdamConfig | RmspropConfig | AdagradConfig;
