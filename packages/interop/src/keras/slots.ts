/* Where the weights of layers are in the files of Keras 3. */

/** The names of the layers in the weights of Keras 3: the class in snake case, numbered from the second on. */
export function slotsOf<Layer extends { readonly className: string }>(
  layers: readonly Layer[],
): Map<Layer, string> {
  const used = new Map<string, number>();
  return new Map(
    layers.map((layer) => {
      const snake = layer.className
        .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
        .replace(/([a-z])([A-Z])/g, '$1_$2')
        .toLowerCase();
      const count = used.get(snake) ?? 0;
      used.set(snake, count + 1);
      return [layer, count === 0 ? snake : `${snake}_${count}`];
    }),
  );
}
