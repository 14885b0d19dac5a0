/* What beam search found, best first, to choose from. */
import type { ComponentChildren } from 'preact';
import { Meter } from './probabilities.js';

export interface HypothesesProps {
  /** What the list is, for those who cannot see it. */
  readonly label: string;
  readonly rows: readonly { readonly text: ComponentChildren; readonly probability: number }[];
  readonly chosen: number;
  readonly onChoose: (index: number) => void;
}

export function Hypotheses({ label, rows, chosen, onChoose }: HypothesesProps) {
  return (
    <ol class="hypotheses" aria-label={label}>
      {rows.map(({ text, probability }, i) => (
        <li key={i}>
          <button type="button" aria-pressed={i === chosen} onClick={() => onChoose(i)}>
            <span>{text}</span>
            <Meter share={probability} />
            <span>{(100 * probability).toFixed(probability < 0.1 ? 1 : 0)} %</span>
          </button>
        </li>
      ))}
    </ol>
  );
}
