/* A product: its kind and colour as a picture, its number and price. */
import type { Colour, Kind, Product } from './sessions.js';

/** In CSS. Products of many colours are filled with stripes. */
const fills: Readonly<Record<Colour, string>> = {
  beige: '#d9c7a3',
  black: '#1c1c1e',
  blue: '#3f7fd0',
  brown: '#7a4f2e',
  burgundy: '#7b1f3a',
  grey: '#8f959c',
  green: '#3f9a52',
  'navy blue': '#22336b',
  'of many colours': 'url(#many-colours)',
  olive: '#85803a',
  pink: '#f1a3c0',
  red: '#d2322d',
  violet: '#8457b5',
  white: '#ffffff',
};

/** Outlines in a square of 24 by 24. */
const outlines: Readonly<Record<Kind, string>> = {
  trousers: 'M7 2h10l2 20h-5l-2-13-2 13H5z',
  skirt: 'M8 3h8l5 18H3z',
  blouse: 'M9 3c1 2 5 2 6 0l7 4-2 5-3-1v10H7V11l-3 1-2-5z',
  'on sale': 'M3 3h9l9 9-9 9-9-9zM7.5 6a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3z',
};

export function Garment({ product: { kind, colour } }: { product: Product }) {
  return (
    <svg class="garment" viewBox="0 0 24 24" aria-hidden="true">
      <path d={outlines[kind]} fill={fills[colour]} />
    </svg>
  );
}

/** The stripes with which {@link Garment} fills products of many colours; used once on the page. */
export function Stripes() {
  return (
    <svg class="visually-hidden" aria-hidden="true">
      <pattern id="many-colours" width="8" height="8" patternUnits="userSpaceOnUse">
        {(['red', 'beige', 'blue', 'green'] as const).map((colour, i) => (
          <rect key={colour} x={2 * i} width="2" height="8" fill={fills[colour]} />
        ))}
      </pattern>
    </svg>
  );
}

/** As in “trousers 12, black, $38”. */
export function nameOf({ kind, id, colour, price }: Product): string {
  return `${kind} ${id}, ${colour}, $${price}`;
}

export function ProductLabel({ product }: { product: Product }) {
  const { kind, id, colour, price } = product;
  return (
    <span class="product">
      <Garment product={product} />
      <span>
        {kind} {id}
        <span class="quiet">
          {colour}, ${price}
        </span>
      </span>
    </span>
  );
}
