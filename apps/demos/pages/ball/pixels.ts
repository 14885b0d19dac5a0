import { frameOf, type Position, SIZE } from './world.js';

/** Draws the frame of a ball at this position, one pixel of the canvas for each of the room, in the canvas's colour. */
export function drawFrame(canvas: HTMLCanvasElement, at: Position): void {
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.clearRect(0, 0, SIZE, SIZE);
  context.fillStyle = getComputedStyle(canvas).color;
  for (const [i, light] of frameOf(at).entries()) {
    context.globalAlpha = light;
    context.fillRect(i % SIZE, Math.floor(i / SIZE), 1, 1);
  }
}
