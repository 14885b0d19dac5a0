/**
 * A learning rate that changes from step to step (a step is one batch). With t = 0 at the first step:
 * - `constant`: rate;
 * - `step`: rate · factor^⌊t / every⌋ (PyTorch's StepLR; factor 0.1);
 * - `exponential`: rate · factor^t (ExponentialLR);
 * - `cosine`: from rate to floor (0) along half a cosine within `steps`, then floor (CosineAnnealingLR; Loshchilov &
 *   Hutter 2017);
 * - `warmUp`: from startFactor (1/3) times the first rate of `after` up to that rate in equal parts within `steps`, then
 *   what `after` says, counted from there (LinearLR, then the other, in a SequentialLR).
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
 * A learning rate: a number, a schedule, or a function of the step, counted from 1, that gives a number, 0 or more. The
 * function must give the same again for the same step. A checkpoint cannot hold it, so it is to be passed again on resume.
 */
export type LearningRate = number | Schedule | ((step: number) => number);

interface Common {
  /** Step size. */
  readonly learningRate: LearningRate;
  /** L2 penalty added to the gradient; for `adamw`, the decoupled decay (Loshchilov & Hutter 2019). Default 0; `adamw` 0.01. */
  readonly weightDecay: number;
}

/** Stochastic gradient descent. Its state: `[velocity]` with momentum, else nothing. */
export interface SgdConfig extends Common {
  readonly kind: 'sgd';
  /** Share of the last velocity that is kept. Default 0. */
  readonly momentum: number;
  /** Look ahead along the velocity (Sutskever et al. 2013). Default false. */
  readonly nesterov: boolean;
}

/** Adam (Kingma & Ba 2015) and AdamW. Their state: `[m, v]`, or `[m, v, vMax]` with amsgrad (Reddi et al. 2018). */
export interface AdamConfig extends Common {
  readonly kind: 'adam' | 'adamw';
  /** Decay of the mean of the gradient. Default 0.9. */
  readonly beta1: number;
  /** Decay of the mean of its square. Default 0.999. */
  readonly beta2: number;
  /** Added to the root. Default 1e-8. */
  readonly epsilon: number;
  /** Divide by the largest mean square so far. Default false. */
  readonly amsgrad: boolean;
}

/** RMSProp (Hinton 2012; centered: Graves 2013). Its state: `[square]`, or `[variance, mean]` if centered; then `velocity` with momentum. */
export interface RmspropConfig extends Common {
  readonly kind: 'rmsprop';
  /** Decay of the mean square. Default 0.99. */
  readonly decay: number;
  /** Added to the root. Default 1e-8. */
  readonly epsilon: number;
  /** Default 0. */
  readonly momentum: number;
  /** Divide by the variance in place of the mean square. Default false. */
  readonly centered: boolean;
}

/** Adagrad (Duchi et al. 2011). Its state: `[sum]`. */
export interface AdagradConfig extends Common {
  readonly kind: 'adagrad';
  /** Added to the root. Default 1e-10. */
  readonly epsilon: number;
  /** The rate is divided by 1 + (step − 1) · this. Default 0. */
  readonly learningRateDecay: number;
  /** Where the sum of squares starts. Default 0. */
  readonly initialAccumulator: number;
}

/** An optimizer with every option filled in: what {@link sgd}, {@link adam} … return, and what a checkpoint holds. */
export type OptimizerConfig = SgdConfig | AdamConfig | RmspropConfig | AdagradConfig;
