/* A string of digits: its spectrogram, the probabilities frame by frame, and where each digit is read and spoken. */
import { Loudness } from '../speech/spectrogram.js';
import { Digits } from './digits.js';
import type { Reading } from './inference.js';
import { isRight, marksOf } from './marks.js';
import type { Span } from './strings.js';

export function Alignment({ reading }: { reading: Reading | undefined }) {
  const { spectrogram, probabilities = [], read = [], aligned = [], spoken = [] } = reading ?? {};
  const frames = probabilities.length;
  const known = spoken.length > 0;
  const marks = marksOf(
    read.map(({ digit }) => digit),
    known ? spoken.map(({ digit }) => digit) : read.map(({ digit }) => digit),
  );
  const wrong = marks.filter(({ read }) => read !== undefined).map((mark) => !isRight(mark));
  const missed = marks.filter(({ spoken }) => spoken !== undefined).map(({ read }) => read === undefined);
  return (
    <figure class="alignment">
      <p class="read">
        <span class="quiet">It reads</span> {reading ? <Digits marks={marks} /> : '…'}
      </p>
      <Loudness
        spectrogram={spectrogram}
        label={reading ? `Spectrogram of ${(frames / 50).toFixed(1)} seconds` : 'The spectrogram is loading'}
      />
      <Spikes probabilities={probabilities} />
      <Track name="Read" spans={read} marked={wrong} frames={frames} />
      {known && <Track name="Where the right digits fit best" spans={aligned} frames={frames} />}
      {known && <Track name="Spoken" spans={spoken} marked={missed} frames={frames} />}
      <figcaption class="finding">{reading && finding(reading)}</figcaption>
    </figure>
  );
}

/** The probability of the blank as a line, and those of the digits as areas. */
function Spikes({ probabilities }: Pick<Reading, 'probabilities'>) {
  const frames = probabilities.length;
  const curve = (label: number) =>
    probabilities.map((row, t) => `V${(100 * (1 - row[label])).toFixed(1)}H${t + 1}`).join('');
  const labels = Array.from({ length: 11 }, (_, label) => label).filter(
    (label) => label > 0 && probabilities.some((row) => row[label] > 0.02),
  );
  return (
    <>
      <svg class="spikes" viewBox={`0 0 ${frames || 1} 100`} preserveAspectRatio="none" role="presentation">
        {labels.map((label) => (
          <path key={label} class="digit" d={`M0 100${curve(label)}V100Z`} />
        ))}
        {frames > 0 && <path class="blank" d={`M0 ${100 * (1 - probabilities[0][0])}${curve(0)}`} />}
      </svg>
      <p class="name">The probability of the digits, and of the blank as a line</p>
    </>
  );
}

interface TrackProps {
  readonly name: string;
  readonly spans: readonly Span[];
  /** The spans that are mistakes. */
  readonly marked?: readonly boolean[];
  readonly frames: number;
}

function Track({ name, spans, marked, frames }: TrackProps) {
  return (
    <>
      <div class="track" aria-hidden="true">
        {spans.map(({ digit, from, to }, i) => (
          <span
            key={i}
            class={marked?.[i] ? 'wrong' : ''}
            style={{
              insetInlineStart: `${(100 * from) / frames}%`,
              inlineSize: `${(100 * (to - from)) / frames}%`,
            }}
          >
            <b>{digit}</b>
          </span>
        ))}
      </div>
      <p class="name">{name}</p>
    </>
  );
}

function finding({ probabilities, read }: Reading): string {
  const frames = probabilities.length;
  const lengths = read.map(({ from, to }) => to - from);
  const blank = frames - lengths.reduce((sum, length) => sum + length, 0);
  if (read.length === 0)
    return `It reads nothing: the blank is the most probable at all of the ${frames} frames.`;
  const [least, most] = [Math.min(...lengths), Math.max(...lengths)];
  const some = least === most ? `${least}` : `${least} to ${most}`;
  return `The blank is the most probable at ${blank} of ${frames} frames, and each digit at ${some}.`;
}
