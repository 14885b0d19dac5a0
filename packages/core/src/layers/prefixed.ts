/* The parameters of a layer that consists of parts: `forward.kernel` is the `kernel` of the part `forward`. */

/** The parameters of a part, with the names that they have in the layer. */
export function prefixed<T>(part: string, own: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(own).map(([name, value]) => [`${part}.${name}`, value]));
}

/** The parameters of a part, taken from those of the layer, with the names that they have in the part. */
export function unprefixed<T>(part: string, all: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(all)
      .filter(([name]) => name.startsWith(`${part}.`))
      .map(([name, value]) => [name.slice(part.length + 1), value]),
  );
}
