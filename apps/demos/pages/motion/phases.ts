/* The phases of a gesture, in the order of the network's outputs. */

export interface Phase {
  readonly name: string;
  /** A description of what the hands do. */
  readonly meaning: string;
  /** Its height in a ribbon, 0 to 1, so that the phases can be distinguished without the colours. */
  readonly height: number;
}

export const PHASES: readonly Phase[] = [
  { name: 'Rest', meaning: 'the hands lie still', height: 0.2 },
  { name: 'Preparation', meaning: 'they go to its start', height: 0.6 },
  { name: 'Stroke', meaning: 'the gesture itself', height: 1 },
  { name: 'Hold', meaning: 'they wait in the air', height: 0.8 },
  { name: 'Retraction', meaning: 'they go back', height: 0.4 },
];
