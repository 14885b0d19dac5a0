/* The network's probabilities for one frame. They are also the key to the ribbons. */
import { PHASES } from './phases.js';

export interface ProbabilitiesProps {
  readonly probabilities: readonly number[] | undefined;
  /** The index of the label. */
  readonly truth: number | undefined;
}

export function Probabilities({ probabilities, truth }: ProbabilitiesProps) {
  const best = probabilities?.indexOf(Math.max(...probabilities));
  return (
    <ol class="phases" aria-label="Probability of each phase">
      {PHASES.map(({ name, meaning, height }, phase) => {
        const p = probabilities?.[phase] ?? 0;
        return (
          <li key={name} class={phase === best ? 'best' : ''}>
            <svg class="swatch" viewBox="0 0 1 1" preserveAspectRatio="none" role="presentation">
              <rect class={`phase-${phase}`} y={1 - height} width="1" height={height} />
            </svg>
            <span>
              {name} <span class="quiet">{meaning}</span>
              {phase === truth && <span class="visually-hidden">, the label</span>}
            </span>
            <span class="percent">{Math.round(100 * p)} %</span>
            <span class="bar" aria-hidden="true">
              <span class={`phase-${phase}`} style={{ transform: `scaleX(${p})` }} />
            </span>
          </li>
        );
      })}
    </ol>
  );
}
