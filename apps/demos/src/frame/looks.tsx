/* The colours and dashes that distinguish networks trained side by side. */

export interface Look {
  /** A CSS variable's name. */
  readonly color: string;
  /** Lengths of dashes and gaps; empty for an unbroken line. */
  readonly dash: readonly number[];
}

const looks: readonly Look[] = [
  { color: '--orange', dash: [3, 3] },
  { color: '--blue', dash: [] },
  { color: '--green', dash: [9, 4] },
  { color: '--purple', dash: [9, 3, 2, 3] },
];

/** The look of each of `count` networks; a single network has an unbroken line in the colour `alone`. */
export function looksOf(networks: number, alone: string): readonly Look[] {
  return networks === 1 ? [{ color: alone, dash: [] }] : looks.slice(0, networks);
}

/** A sample of the line of the network at `index`, shown next to its name. */
export function Key({ index }: { index: number }) {
  const { color, dash } = looks[index];
  return (
    <svg class="key" viewBox="0 0 32 10" aria-hidden="true">
      <path d="M0 5H32" stroke={`var(${color})`} stroke-dasharray={dash.join(' ')} />
    </svg>
  );
}
