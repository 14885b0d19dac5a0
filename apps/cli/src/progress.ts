import type { TrainingRun, TrainingStep } from '@recurra/core';
import { Presets, SingleBar } from 'cli-progress';

/** A progress bar on stderr, drawn only on a terminal. */
export function progressBar(format: string): SingleBar {
  const { barCompleteChar, barIncompleteChar } = Presets.shades_classic;
  return new SingleBar({
    format,
    barCompleteChar,
    barIncompleteChar,
    barsize: 24,
    hideCursor: true,
    // The command handles Ctrl-C itself.
    gracefulExit: false,
  });
}

/** Shows the progress of a training: a bar on a terminal, else a line for each epoch. Throws the errors of the training. */
export async function showTraining(run: TrainingRun): Promise<void> {
  const bar = progressBar(
    '{bar} epoch {epoch}/{epochs}  loss {loss}  gradient norm {norm}  {speed} sequences/s  {left} left',
  );
  const clock = performance.now();
  let first: number | undefined;
  try {
    for await (const step of run) {
      const total = step.epochs * (step.batches ?? 0);
      // A resumed training does not start at step 1.
      first ??= step.step - 1;
      const seconds = ((performance.now() - clock) / 1000 / (step.step - first)) * (total - step.step);
      const values = valuesOf(step, seconds);
      if (step.step === first + 1) bar.start(total, step.step, values);
      else bar.update(step.step, values);
      if (!process.stderr.isTTY && step.summary) {
        const { epoch, epochs, loss, norm, speed, left } = { ...values, loss: step.summary.loss.toFixed(4) };
        console.log(
          `epoch ${epoch}/${epochs}  loss ${loss}  gradient norm ${norm}  ${speed} sequences/s  ${left} left`,
        );
      }
    }
  } finally {
    bar.stop();
  }
}

function valuesOf(
  { epoch, epochs, loss, gradientNorm, sequencesPerSecond }: TrainingStep,
  secondsLeft: number,
) {
  return {
    epoch: String(epoch).padStart(String(epochs).length),
    epochs,
    loss: loss.toFixed(4),
    norm: gradientNorm.toFixed(3),
    speed: sequencesPerSecond.toFixed(sequencesPerSecond < 10 ? 1 : 0),
    left: duration(secondsLeft),
  };
}

/** `3 min 20 s` */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
