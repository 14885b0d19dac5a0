/* Files of malicious graphs: each either loads or causes a FormatError that names the node, quickly, and leaks nothing. */
import { reference } from '@recurra/backend-reference';
import {
  add,
  apply,
  attention,
  bidirectional,
  dense,
  embedding,
  FormatError,
  graph,
  gru,
  loadNetwork,
  lstm,
  type NDArray,
  tokens,
  vector,
} from '@recurra/core';
import { encodeSafetensors } from '@recurra/core/files';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';

const backend = await reference();
afterAll(() => backend.dispose());

function file(model: unknown, tensors: Readonly<Record<string, NDArray>> = {}): Uint8Array {
  const text = typeof model === 'string' ? model : JSON.stringify(model);
  return encodeSafetensors(tensors, { format: 'recurra', version: '1', model: text, seed: '0' });
}

/** Loads a file and returns the error's message, or '' if it loads. */
async function outcome(bytes: Uint8Array): Promise<string> {
  const before = backend.memory();
  const began = process.cpuUsage();
  let message = '';
  try {
    (await loadNetwork(bytes, backend)).dispose();
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    message = (error as Error).message;
    // No error of the language that was only wrapped.
    expect(message).not.toMatch(/Cannot |is not a function|not iterable|call stack/);
  }
  // Ten times the CPU time that it takes.
  expect(process.cpuUsage(began).user).toBeLessThan(2e6 + 4 * bytes.length);
  expect(message.length).toBeLessThanOrEqual(1000);
  expect(backend.memory()).toEqual(before);
  return message;
}

const unit = { kind: 'dense', options: { units: 2 } };
const x = { kind: 'vector', features: 2 };
const long = 'x'.repeat(1e6);
const many = (link: (i: number) => object) =>
  Array.from({ length: 10_000 }, (_, i) => ({ name: `n${i}`, ...unit, ...link(i) }));
const before = (i: number) => ({ from: i === 0 ? 'x' : `n${i - 1}` });
const one = (changes: object) => ({
  inputs: { x },
  nodes: [{ name: 'd', ...unit, from: 'x', ...changes }],
  outputs: { y: 'd' },
});

it.each<[string, unknown, RegExp]>([
  [
    '10,000 nodes without weights',
    { inputs: { x }, nodes: many(before), outputs: { y: 'n9999' } },
    /n0\.kernel/,
  ],
  [
    '10,000 nodes that close a circle',
    { inputs: { x }, nodes: many((i) => ({ from: `n${(i + 1) % 10_000}` })), outputs: { y: 'n0' } },
    /node n0 refers to "n1".*circle/,
  ],
  [
    'a chain of 10,000 shares',
    {
      inputs: { x },
      nodes: many((i) => ({ ...before(i), ...(i && { shares: `n${i - 1}` }) })),
      outputs: { y: 'n9999' },
    },
    /node n2 shares the weights of "n1"/,
  ],
  [
    '10,000 nodes that share one',
    {
      inputs: { x },
      nodes: many((i) => ({ ...before(i), ...(i && { shares: 'n0' }) })),
      outputs: { y: 'n9999' },
    },
    /n0\.kernel/,
  ],
  [
    // More inputs than a call takes arguments. Without weights it loads.
    'a node of 200,000 inputs',
    { ...one({}), nodes: [{ name: 'd', kind: 'add', options: {}, from: new Array(200_000).fill('x') }] },
    /^$/,
  ],
  [
    'a share of another kind',
    {
      inputs: { x },
      nodes: [
        { name: 'd', ...unit, from: 'x' },
        { name: 'e', kind: 'lstm', options: {}, from: 'd', shares: 'd' },
      ],
      outputs: { y: 'e' },
    },
    /node e is "lstm".*dense/,
  ],
  ['a reference to itself', one({ from: 'd' }), /node d refers to "d".*circle/],
  ['an unknown kind', one({ kind: 'wizard' }), /node d: .*wizard/],
  ['a wrong option', one({ options: { units: 'two' } }), /node d: .*units/],
  [
    'a wrong shape',
    { ...one({}), inputs: { x: { kind: 'frames', time: null, height: 0, width: 1, channels: 1 } } },
    /input x/,
  ],
  ['a part of a part', one({ from: 'x.y.z' }), /node d: .*"y\.z"/],
  ['a reference that is no name', one({ from: 7 }), /node d refers to 7/],
  ['inputs by name for a layer of one', one({ from: { x: 'x' } }), /node d: dense takes one node/],
  ['an empty state', one({ initialState: [] }), /node d refers to undefined/],
  ['a name with a full stop', { ...one({ name: 'd.e' }), outputs: { y: 'd.e' } }, /node d\.e: .*full stop/],
  ['an input with a full stop', { ...one({ from: 'x.z' }), inputs: { 'x.z': x } }, /input "x\.z"/],
  [
    'a node __proto__',
    '{"inputs":{"x":{"kind":"vector","features":2}},"nodes":[{"name":"__proto__","kind":"dense","options":{"units":2},"from":"x"}],"outputs":{"y":"__proto__"}}',
    /node __proto__: /,
  ],
  [
    'an input __proto__',
    '{"inputs":{"__proto__":{"kind":"vector","features":2}},"nodes":[{"name":"d","kind":"dense","options":{"units":2},"from":"__proto__"}],"outputs":{"y":"d"}}',
    /input "__proto__"/,
  ],
  [
    'an output __proto__',
    '{"inputs":{"x":{"kind":"vector","features":2}},"nodes":[{"name":"d","kind":"dense","options":{"units":2},"from":"x"}],"outputs":{"__proto__":"d"}}',
    /output.*__proto__/,
  ],
  ["a parent's name", one({ from: 'constructor' }), /node d refers to "constructor", which does not exist/],
  ['no outputs', { ...one({}), outputs: {} }, /no outputs/],
  ['an output of nothing', { ...one({}), outputs: { y: 'e' } }, /output y refers to "e"/],
  ['an input that nothing uses', { ...one({}), inputs: { x, z: x } }, /input "z"/],
  [
    'huge names',
    { inputs: { [long]: x }, nodes: [{ name: `${long}d`, ...unit, from: `${long}e` }], outputs: { y: long } },
    /node xxx/,
  ],
  ['deep nesting', one({ from: JSON.parse('['.repeat(90) + ']'.repeat(90)) }), /node d/],
])('a graph with %s', async (_, model, message) => {
  expect(await outcome(file(model))).toMatch(message);
});

it('a graph with any part of a valid description or of its tensors changed is rejected or loads', async () => {
  const model = graph(
    { source: tokens(), target: tokens(), start: vector(2) },
    ({ source, target, start }) => {
      const words = embedding({ inputDim: 3, outputDim: 2 });
      const memory = apply(bidirectional(lstm({ units: 1, returnSequences: true })), apply(words, source));
      const query = apply(lstm({ units: 2, returnSequences: true }), apply(words, target), {
        initialState: memory.state,
      });
      const context = apply(attention({ score: 'general' }), { query, memory });
      const last = apply(gru({ units: 2, returnSequences: true }), context, { initialState: start });
      return { scores: apply(dense({ units: 2 }), apply(add(), [last, query])), memory };
    },
  );
  const text = JSON.stringify(model);
  const network = model.on(backend);
  const tensors = await network.getWeights();
  network.dispose();
  expect(await outcome(file(text, tensors))).toBe('');
  const names = [
    'source',
    'target',
    'start',
    'embedding',
    'lstm',
    'lstm.state',
    'gru',
    'add',
    'bidirectional.backward',
  ];
  const values = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(...names),
    fc.constantFrom<unknown>(
      -1,
      0,
      2 ** 53,
      '',
      null,
      [],
      {},
      ['start'],
      ['start', 'start'],
      '__proto__',
      'sequence',
      'lstm',
      'image',
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(3), values, async (at, how, value) => {
      const description = JSON.parse(text);
      const changed = { ...tensors };
      if (how === 3) {
        const keys = Object.keys(tensors);
        delete changed[keys[at % keys.length]];
      } else {
        const parts = partsOf(description);
        const [parent, key] = parts[at % parts.length];
        if (how === 0) delete parent[key];
        else if (how === 1) parent[key] = value;
        else if (Array.isArray(parent)) parent.push(parent[Number(key)]);
        else parent[String(value)] = parent[key];
      }
      await outcome(file(description, changed));
    }),
    { numRuns: 600, seed: 5 },
  );
});

/** Every member of every object and list, with what it is in. */
function partsOf(value: unknown): [parent: Record<string, unknown>, key: string][] {
  if (typeof value !== 'object' || value === null) return [];
  const parent = value as Record<string, unknown>;
  return Object.keys(parent).flatMap(
    (key) => [[parent, key], ...partsOf(parent[key])] as [typeof parent, string][],
  );
}
