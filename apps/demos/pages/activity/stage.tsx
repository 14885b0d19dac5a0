/* The state of the player: the recordings, the second, and the changes to them. */
import { useEffect } from 'preact/hooks';
import { useAnswer } from '../../src/frame/answer.js';
import { useClock } from '../../src/frame/clock.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import { HeldOut } from './held-out.js';
import type { Answer, Predicted, Question } from './inference.js';
import { Player } from './player.js';
import { CHANGES, type Change } from './recordings.js';

/** Milliseconds for which a second of the recording is shown. */
const PACE = 120;
const FIRST = 'walking-3';
const NEXT = 'sitting-6';
const NOTHING = 'nothing';

export function Stage({ ask, picture }: ResultProps<readonly Predicted[]>) {
  const [name, setName] = useUrlState('recording', FIRST);
  const [next, setNext] = useUrlState('next', NEXT);
  const [changeInUrl, setChange] = useUrlState('change', 'none');
  const [start, setStart] = useUrlState('second', '0');
  const names = picture?.map(({ name }) => name) ?? [];
  const change: Change = CHANGES.find((value) => value === changeInUrl) ?? 'none';
  const question: Question = {
    name: names.includes(name) ? name : FIRST,
    next: next === NOTHING ? undefined : names.includes(next) ? next : NEXT,
    change,
  };
  const answer = useAnswer<Answer>({ ask, picture }, question);
  const seconds = answer?.truth.length ?? 0;
  const clock = useClock({
    frames: seconds,
    pace: PACE,
    first: Math.max(Math.floor(Number(start)) || 0, 0),
    held: start === '0' ? undefined : true,
  });
  // The URL has the second at which the reader stopped. Browsers allow only so many changes to it in a second.
  const stopped = clock.running ? '0' : String(clock.frame);
  useEffect(() => {
    const timer = setTimeout(setStart, 200, stopped);
    return () => clearTimeout(timer);
  }, [stopped]);
  return (
    <>
      <Player
        answer={answer}
        names={names}
        question={question}
        second={Math.min(clock.frame, Math.max(seconds - 1, 0))}
        running={clock.running}
        choose={{ name: setName, next: (next) => setNext(next ?? NOTHING), change: setChange }}
        seek={clock.hold}
        toggle={clock.toggle}
      />
      <HeldOut
        recordings={picture}
        shown={question.name}
        choose={(name) => {
          setName(name);
          clock.restart();
        }}
      />
    </>
  );
}
