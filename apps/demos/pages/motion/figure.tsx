/* The stick figure: dots where the joints were recorded, and lines that join them. */
import type { Reading } from './inference.js';
import { PHASES } from './phases.js';
import { JOINTS, type Pose } from './recordings.js';

/** The number of frames in the drawn paths of the hands. */
const TRAIL = 20;
/** The point where the arms leave the spine, which is not recorded. */
const NECK = '0,-0.62';

export function Figure({ reading, frame }: { reading: Reading | undefined; frame: number }) {
  return (
    <svg class="figure" viewBox="-1.7 -1.6 3.4 2.6" role="img" aria-label={describe(reading, frame)}>
      {reading && <Body reading={reading} frame={frame} />}
    </svg>
  );
}

function Body({ reading: { poses, predicted }, frame }: { reading: Reading; frame: number }) {
  const pose = poses[frame];
  const trail = poses.slice(Math.max(0, frame - TRAIL), frame + 1);
  return (
    <>
      {(['left hand', 'right hand'] as const).map((hand) => (
        <polyline key={hand} class="trail" points={trail.map((pose) => at(pose, hand)).join(' ')} />
      ))}
      <polyline class="bone" points={`0,0 ${at(pose, 'head')}`} />
      <polyline
        class="bone"
        points={`${at(pose, 'left hand')} ${at(pose, 'left wrist')} ${NECK} ${at(pose, 'right wrist')} ${at(pose, 'right hand')}`}
      />
      <circle class="spine" cx="0" cy="0" r="0.06" />
      {JOINTS.map((joint) => {
        const [x, y, z] = positionOf(pose, joint);
        // Joints that are nearer to the camera are larger.
        const radius = (joint === 'head' ? 0.24 : joint.endsWith('hand') ? 0.1 : 0.05) * (1 - 0.35 * z);
        const kind = joint.endsWith('hand')
          ? `hand phase-${predicted[frame]}`
          : joint === 'head'
            ? 'head'
            : 'wrist';
        return <circle key={joint} class={kind} cx={x} cy={y} r={Math.max(radius, 0.03)} />;
      })}
    </>
  );
}

function positionOf(pose: Pose, joint: (typeof JOINTS)[number]): readonly number[] {
  const first = 3 * JOINTS.indexOf(joint);
  return pose.slice(first, first + 3);
}

function at(pose: Pose, joint: (typeof JOINTS)[number]): string {
  const [x, y] = positionOf(pose, joint);
  return `${x.toFixed(3)},${y.toFixed(3)}`;
}

function describe(reading: Reading | undefined, frame: number): string {
  if (!reading) return 'The recording is loading';
  const { truth, probabilities } = reading;
  const row = probabilities[frame];
  const best = row.indexOf(Math.max(...row));
  return `Frame ${frame + 1} of ${truth.length}: labelled ${PHASES[truth[frame]].name}; the network predicts ${PHASES[best].name}, ${Math.round(100 * row[best])} %`;
}
