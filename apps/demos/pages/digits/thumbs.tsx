/* Held-out images to choose from. */
import type { ComponentChildren } from 'preact';
import { SIDE } from './images.js';
import type { ReadImage } from './inference.js';
import { Shades } from './shades.js';

export interface ThumbsProps {
  readonly images: readonly ReadImage[] | undefined;
  /** The index of the image that is shown large; undefined for a drawing. */
  readonly chosen: number | undefined;
  choose(index: number): void;
  caption(image: ReadImage): ComponentChildren;
}

export function Thumbs({ images, chosen, choose, caption }: ThumbsProps) {
  return (
    <ul class="thumbs">
      {images?.map((image) => (
        <li key={image.index}>
          <button
            type="button"
            aria-pressed={image.index === chosen}
            class={image.digit === image.read ? '' : 'wrong'}
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
