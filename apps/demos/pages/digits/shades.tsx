/* A table of shares as shades of the canvas's own colour. */
import { useEffect, useRef } from 'preact/hooks';
import { useScheme } from '../../src/frame/scheme.js';

export interface ShadesProps {
  /** Row by row, from 0, blank, to 255. */
  readonly values: ArrayLike<number>;
  readonly columns: number;
  /** The text for screen readers; absent if the same words are next to it. */
  readonly label?: string;
}

export function Shades({ values, columns, label }: ShadesProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useScheme();
  const rows = values.length / columns;
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context) return;
    const image = context.createImageData(columns, rows);
    for (let i = 0; i < values.length; i++) image.data[4 * i + 3] = values[i];
    context.putImageData(image, 0, 0);
    // Paints the colour only where the canvas is not empty.
    context.globalCompositeOperation = 'source-in';
    context.fillStyle = getComputedStyle(element).color;
    context.fillRect(0, 0, columns, rows);
  }, [values, columns, rows, scheme]);
  const named = label === undefined ? { 'aria-hidden': true } : { role: 'img' as const, 'aria-label': label };
  return <canvas ref={canvas} class="shades" width={columns} height={rows} {...named} />;
}
