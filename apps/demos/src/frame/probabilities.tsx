/* Probabilities as bars. */
import type { ComponentChildren } from 'preact';

/** A bar as long as `share` of the whole, 0 to 1. Its value must also be shown as text. */
export function Meter({ share }: { share: number }) {
  return (
    <span class="meter" aria-hidden="true">
      <span style={{ transform: `scaleX(${share})` }} />
    </span>
  );
}

export interface ProbabilitiesProps {
  /** The name of the list for screen readers. */
  readonly label: string;
  readonly rows: readonly {
    readonly name: ComponentChildren;
    readonly probability: number;
    /** True to highlight the bar. */
    readonly marked: boolean;
  }[];
  /** The width of the names, in CSS; default: one character. */
  readonly nameWidth?: string;
}

export function Probabilities({ label, rows, nameWidth }: ProbabilitiesProps) {
  return (
    <ol class="probabilities" aria-label={label} style={nameWidth && { '--label': nameWidth }}>
      {rows.map(({ name, probability, marked }, i) => (
        <li key={i} class={marked ? 'marked' : ''}>
          <span>{name}</span>
          <Meter share={probability} />
          <span>{Math.round(100 * probability)} %</span>
        </li>
      ))}
    </ol>
  );
}
