/* One signal of a cell over a sequence: a column for each step, a row for each unit. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useScheme } from './scheme.js';

/** Red, green and blue for 0, 1 and −1. Colour-blind people can distinguish blue from orange. */
const COLOURS = {
  light: { none: [246, 244, 239], positive: [0, 114, 178], negative: [213, 94, 0] },
  dark: { none: [27, 30, 35], positive: [86, 180, 233], negative: [240, 149, 63] },
};

export interface HeatMapProps {
  readonly steps: readonly (readonly number[])[];
  /** The range of the values: 0 to 1, or around zero. */
  readonly range: 'gate' | 'signed';
  /** The marked step and unit, and a function that is called when the reader points at others. */
  readonly choice?: {
    readonly step: number;
    readonly unit: number;
    readonly onChoose: (step: number, unit: number) => void;
  };
}

export function HeatMap({ steps, range, choice }: HeatMapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useScheme();
  const units = steps[0].length;
  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const { none, positive, negative } = COLOURS[scheme];
    const image = context.createImageData(steps.length, units);
    for (const [t, values] of steps.entries()) {
      for (const [u, value] of values.entries()) {
        const share = Math.min(1, Math.abs(value));
        const full = value < 0 ? negative : positive;
        const at = 4 * (u * steps.length + t);
        for (let i = 0; i < 3; i++) image.data[at + i] = none[i] + share * (full[i] - none[i]);
        image.data[at + 3] = 255;
      }
    }
    context.putImageData(image, 0, 0);
  }, [steps, scheme, units]);
  const choose = ({ currentTarget, clientX, clientY }: PointerEvent) => {
    const box = (currentTarget as HTMLElement).getBoundingClientRect();
    const within = (share: number, count: number) =>
      Math.min(count - 1, Math.max(0, Math.floor(share * count)));
    choice?.onChoose(
      within((clientX - box.left) / box.width, steps.length),
      within((clientY - box.top) / box.height, units),
    );
  };
  return (
    <div class={`heat ${choice ? 'choosable' : ''}`} onPointerDown={choose}>
      <canvas
        ref={canvas}
        width={steps.length}
        height={units}
        role="img"
        aria-label={range === 'gate' ? 'from 0, pale, to 1, blue' : 'below zero orange, above zero blue'}
      />
      {choice && (
        <>
          <span
            class="here"
            style={{
              insetInlineStart: `${(100 * choice.step) / steps.length}%`,
              inlineSize: `${100 / steps.length}%`,
            }}
          />
          <span
            class="unit"
            style={{ insetBlockStart: `${(100 * choice.unit) / units}%`, blockSize: `${100 / units}%` }}
          />
        </>
      )}
    </div>
  );
}
