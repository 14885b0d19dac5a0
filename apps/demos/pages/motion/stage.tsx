/* The state of the player: the recording, the frame, and the change to the recording. */
import { useEffect } from 'preact/hooks';
import { useAnswer } from '../../src/frame/answer.js';
import { useClock } from '../../src/frame/clock.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import { HeldOut } from './held-out.js';
import type { Predicted, Question, Reading } from './inference.js';
import { Player } from './player.js';
import { CHANGES, type Change } from './recordings.js';

/** Milliseconds from frame to frame. */
const PACE = 33;

export function Stage({ ask, picture }: ResultProps<readonly Predicted[]>) {
  const [name, setName] = useUrlState('recording', 'a3');
  const [changeInUrl, setChange] = useUrlState('change', 'none');
  const [start, setStart] = useUrlState('frame', '0');
  const change: Change = CHANGES.find((value) => value === changeInUrl) ?? 'none';
  const question: Question = { name: picture?.some((one) => one.name === name) ? name : 'a3', change };
  const answer = useAnswer<Reading>({ ask, picture }, question);
  const reading = answer?.name === question.name ? answer : undefined;
  const clock = useClock({
    frames: reading?.poses.length ?? 0,
    pace: PACE,
    first: Math.max(Math.floor(Number(start)) || 0, 0),
    held: start === '0' ? undefined : true,
  });
  // The URL has the frame at which the reader stopped. Browsers allow only so many changes to it in a second.
  const stopped = clock.running ? '0' : String(clock.frame);
  useEffect(() => {
    const timer = setTimeout(setStart, 200, stopped);
    return () => clearTimeout(timer);
  }, [stopped]);
  const frame = Math.min(clock.frame, (reading?.poses.length ?? 1) - 1);
  return (
    <>
      <Player
        reading={reading}
        frame={frame}
        running={clock.running}
        change={change}
        setChange={setChange}
        seek={clock.hold}
        toggle={clock.toggle}
      />
      <HeldOut
        recordings={picture}
        shown={question.name}
        frame={frame}
        choose={(name) => {
          setName(name);
          clock.restart();
        }}
        seek={(name, frame) => {
          setName(name);
          clock.hold(frame);
        }}
      />
    </>
  );
}
