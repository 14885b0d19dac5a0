/* The recordings of the data set: the positions of the joints in each frame, and its labelled phase. */
import { rowsOf } from '../../src/files.js';
import { PHASES } from './phases.js';

/** The joints of a {@link Pose}, three numbers each. */
export const JOINTS = ['left hand', 'right hand', 'head', 'left wrist', 'right wrist'] as const;

/**
 * The positions of the joints in one frame, relative to the spine: x, y and z of each. x to the right and y
 * downwards, in distances from head to spine; z away from the camera, in half metres.
 */
export type Pose = readonly number[];

export interface Recording {
  /** The person and the story, as in `a3`. */
  readonly name: string;
  readonly poses: readonly Pose[];
  /** By frame, an index in {@link PHASES}. */
  readonly phases: readonly number[];
}

/** The changes that a reader can make to a recording. */
export const CHANGES = ['none', 'left', 'right', 'mirror'] as const;
export type Change = (typeof CHANGES)[number];

/** The recordings in the order of the file. */
export async function recordingsOf(file: Uint8Array): Promise<Recording[]> {
  const rows = await rowsOf(file);
  return [...new Set(rows.map(([name]) => name))].map((name) => {
    const own = rows.filter((row) => row[0] === name);
    return {
      name,
      poses: posesOf(own.map((row) => row.slice(2, 20).map(Number))),
      phases: own.map((row) => PHASES.findIndex((phase) => phase.name === row[20])),
    };
  });
}

/** The columns of the file are left hand, right hand, head, spine, left wrist and right wrist. */
function posesOf(rows: readonly (readonly number[])[]): Pose[] {
  // The units of x and y differ between recordings, so the body is the common measure.
  const body =
    rows.reduce((sum, row) => sum + Math.hypot(row[6] - row[9], row[7] - row[10]), 0) / rows.length;
  return rows.map((row) =>
    [0, 3, 6, 12, 15].flatMap((at) => [
      (row[at] - row[9]) / body,
      (row[at + 1] - row[10]) / body,
      (row[at + 2] - row[11]) / 0.5,
    ]),
  );
}

/** Keeps one hand at its position in the first frame, or mirrors everything. */
export function changed(recording: Recording, change: Change): Recording {
  if (change === 'none') return recording;
  if (change === 'mirror') return mirrored(recording);
  const { poses } = recording;
  const isHeld = (i: number) => JOINTS[Math.floor(i / 3)].startsWith(change);
  return {
    ...recording,
    poses: poses.map((pose) => pose.map((value, i) => (isHeld(i) ? poses[0][i] : value))),
  };
}

/** The joints with left and right exchanged. */
export function mirrored(recording: Recording): Recording {
  return {
    ...recording,
    poses: recording.poses.map((pose) =>
      [1, 0, 2, 4, 3].flatMap((joint) => {
        const [x, y, z] = pose.slice(3 * joint, 3 * joint + 3);
        return [-x, y, z];
      }),
    ),
  };
}
