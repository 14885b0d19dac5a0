/* The parameters of a layer that is made of parts: `forward.kernel` is the part `forward`'s. */

/** The parameters of a part, as the layer names them. */
export function prefixed<T>(part: string, own: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(own).map(([name, value]) => [`${part}.${name}`, value]));
}

/** The parameters of a part, out of all of the layer's, as the part names them. */
export function unprefixed<T>(part: string, all: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(all)
      .filter(([name]) => name.startsWith(`${part}.`))
      .map(([name, value]) => [name.slice(part.length + 1), value]),
  );
}
