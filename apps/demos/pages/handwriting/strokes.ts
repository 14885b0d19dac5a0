/* Drawing pen paths on a canvas. */
import type { Point } from './features.js';

/**
 * @param strokes in a square of 100 by 100, y upwards
 * @param width of the line, as a share of the square
 */
export function drawPath(
  canvas: HTMLCanvasElement,
  strokes: readonly (readonly Point[])[],
  width: number,
): void {
  const scale = devicePixelRatio || 1;
  const side = Math.round(canvas.clientWidth * scale);
  if (canvas.width !== side || canvas.height !== side) {
    canvas.width = side;
    canvas.height = side;
  }
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.clearRect(0, 0, side, side);
  context.strokeStyle = getComputedStyle(canvas).color;
  context.lineWidth = Math.max(1.5, width * side);
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const stroke of strokes) {
    context.beginPath();
    for (const [i, [x, y]] of stroke.entries()) {
      const position = [(x / 100) * side, (1 - y / 100) * side] as const;
      if (i === 0) context.moveTo(...position);
      else context.lineTo(...position);
    }
    context.stroke();
  }
}
