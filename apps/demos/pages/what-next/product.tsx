/* A product: its kind, number and price. The data has no pictures. */
import type { Product } from './sessions.js';

export function ProductLabel({ product: { id, kind, price } }: { product: Product }) {
  return (
    <span class="product">
      {kind} {id}
      <span class="quiet">${price}</span>
    </span>
  );
}
