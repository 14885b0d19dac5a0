/* Held-out images to choose from. */
import type { ComponentChildren } from 'preact';
import { useGradually } from '../../src/frame/frames.js';
import { SIDE } from './images.js';
import { Shades } from './shades.js';

/** A held-out image. */
export interface HeldOutImage {
  /** The index among the held-out images. */
  readonly index: number;
  readonly pixels: Uint8Array;
}

export interface ThumbsProps<Image extends HeldOutImage> {
  readonly images: readonly Image[] | undefined;
  /** The index of the image that is shown large; undefined for a drawing. */
  readonly chosen: number | undefined;
  choose(index: number): void;
  /** The network's answer for this image is wrong. */
  isWrong(image: Image): boolean;
  caption(image: Image): ComponentChildren;
}

export function Thumbs<Image extends HeldOutImage>({
  images,
  chosen,
  choose,
  isWrong,
  caption,
}: ThumbsProps<Image>) {
  const shown = useGradually(images, 10);
  return (
    <ul class="thumbs">
      {shown.map((image) => (
        <li key={image.index}>
          <button
            type="button"
            aria-pressed={image.index === chosen}
            class={isWrong(image) ? 'wrong' : ''}
            onClick={() => choose(image.index)}
          >
            <Shades values={image.pixels} columns={SIDE} />
            {caption(image)}
          </button>
        </li>
      ))}
    </ul>
  );
}
