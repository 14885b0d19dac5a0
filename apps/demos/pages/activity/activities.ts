/* The activities, in the order of the network's outputs. */

export interface Activity {
  /** The name in the data file. */
  readonly id: string;
  readonly name: string;
}

export const ACTIVITIES: readonly Activity[] = [
  { id: 'walking', name: 'Walking' },
  { id: 'cycling', name: 'Cycling' },
  { id: 'standing', name: 'Standing' },
  { id: 'sitting', name: 'Sitting' },
  { id: 'lying', name: 'Lying' },
  { id: 'bending1', name: 'Bending 1' },
  { id: 'bending2', name: 'Bending 2' },
];

/** The title of a recording: `walking-3` in words. */
export function titleOf(recording: string): string {
  const [id, number] = recording.split('-');
  return `${ACTIVITIES.find((activity) => activity.id === id)?.name}, recording ${number}`;
}
