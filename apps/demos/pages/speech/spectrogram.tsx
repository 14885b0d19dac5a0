/* Loudness by time and frequency, as the network reads it, with the digit that it hears so far below. */
import { useEffect, useRef } from 'preact/hooks';
import { useScheme } from '../../src/frame/scheme.js';
import type { Heard } from './inference.js';
import './spectrogram.css';

export function Spectrogram({ heard }: { heard: Heard | undefined }) {
  const frames = heard?.spectrogram.length ?? 0;
  const spans = heard ? runs(heard.probabilities) : [];
  return (
    <figure class="spectrogram">
      <Loudness
        spectrogram={heard?.spectrogram}
        label={
          heard
            ? `Spectrogram of ${(frames / 50).toFixed(1)} seconds; heard so far, in order: ${spans.map(({ digit }) => digit).join(', ')}`
            : 'The spectrogram is loading'
        }
      />
      <div class="so-far" aria-hidden="true">
        {spans.map(({ digit, from, length }) => (
          <span key={from} style={{ flexGrow: length }}>
            {length / frames > 0.05 ? digit : ''}
          </span>
        ))}
      </div>
      <figcaption class="quiet">
        {(frames / 50).toFixed(1)} s; low frequencies are at the bottom. The strip below shows the digit that
        the network hears so far.
      </figcaption>
    </figure>
  );
}

export interface LoudnessProps {
  readonly spectrogram: Heard['spectrogram'] | undefined;
  readonly label: string;
}

export function Loudness({ spectrogram, label }: LoudnessProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useScheme();
  useEffect(() => {
    if (canvas.current && spectrogram) draw(canvas.current, spectrogram);
  }, [spectrogram, scheme]);
  return <canvas class="loudness" ref={canvas} role="img" aria-label={label} />;
}

/** The spans over which the most probable digit stays the same. */
function runs(probabilities: Heard['probabilities']) {
  const spans: { digit: number; from: number; length: number }[] = [];
  for (const [from, row] of probabilities.entries()) {
    const digit = row.indexOf(Math.max(...row));
    const last = spans[spans.length - 1];
    if (last?.digit === digit) last.length++;
    else spans.push({ digit, from, length: 1 });
  }
  return spans;
}

function draw(canvas: HTMLCanvasElement, spectrogram: Heard['spectrogram']): void {
  const bands = spectrogram[0].length;
  canvas.width = spectrogram.length;
  canvas.height = bands;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.fillStyle = getComputedStyle(canvas).color;
  const loudest = Math.max(...spectrogram.flat());
  for (const [frame, row] of spectrogram.entries()) {
    for (const [band, level] of row.entries()) {
      // Blank at a ten-thousandth of the largest energy.
      context.globalAlpha = Math.max(0, 1 - (loudest - level) / 4);
      context.fillRect(frame, bands - 1 - band, 1, 1);
    }
  }
}
