/* The names of nodes and signals in model.py. */
import type { Architecture, ModelNode } from '@recurra/core/files';

/** Names that mean something else in `forward`. */
const reserved = new Set(
  'False None True and as assert async await back break class continue def del elif else except finally for from global if import in is json lambda last logits math nn nonlocal not on_features on_images or pass raise return self torch try while with x yield'.split(
    ' ',
  ),
);

/** The names in Python of a model. */
export interface PythonNames {
  /** The attribute with a node's module: `layer0` in a chain, `layer_encoder` in a graph. Shared weights have one. */
  attribute(node: Pick<ModelNode, 'owner'>): string;
  /** The variable of a signal, by its number. */
  variable(signal: number): string;
}

export function pythonNames({ isChain, nodes, signals }: Architecture): PythonNames {
  const attributes = new Map<string, string>();
  const taken = new Set<string>();
  for (const { name, owner } of nodes) {
    if (name === owner)
      attributes.set(name, isChain ? `layer${name}` : free(`layer_${identifier(name)}`, taken));
  }
  const variables = new Set(reserved);
  const names = signals.map((name) => free(isChain ? `x${identifier(name)}` : identifier(name), variables));
  return {
    attribute: ({ owner }) => attributes.get(owner) as string,
    variable: (signal) => names[signal],
  };
}

/** A name as an identifier: other characters than letters, digits and _ are _. */
function identifier(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]/g, '_');
  return /^[A-Za-z_]/.test(plain) ? plain : `_${plain}`;
}

function free(name: string, taken: Set<string>): string {
  let own = name;
  for (let n = 2; taken.has(own); n++) own = `${name}_${n}`;
  taken.add(own);
  return own;
}
