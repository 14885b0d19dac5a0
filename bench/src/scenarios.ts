/* The scenarios, as data. To add a scenario, add an entry here. */

/** Where systems run; the option `--place` takes these names. */
export const placeNames = [
  'node',
  'node-webgpu',
  'chromium-wasm',
  'chromium-webgl',
  'chromium-webgpu',
] as const;
export type PlaceName = (typeof placeNames)[number];

export type Cell = 'rnn' | 'lstm' | 'gru' | 'minGru';

/**
 * - `forward`: from inputs on the host to outputs on the host
 * - `gradients`: forward, then backward from a given gradient of y to the gradients of x and of all weights
 * - `train`: forward, mean squared error, backward, Adam; the loss is read back to the host
 * - `stream`: one time step, continuing from the state of the previous one
 * - `task`: a whole training run, including the handling of the data
 */
export type Mode = 'forward' | 'gradients' | 'train' | 'stream' | 'task';

/** Time steps, batch size, input features, units. */
export interface Shape {
  readonly T: number;
  readonly B: number;
  readonly I: number;
  readonly H: number;
}

export interface Scenario {
  readonly name: string;
  readonly cell: Cell;
  readonly mode: Mode;
  readonly shape: Shape;
  /** False for a GRU that applies the reset gate before the recurrent product. Default: after it. */
  readonly resetAfter?: false;
  /** Width of a dense layer after the recurrent layer. Default: no dense layer. */
  readonly outputs?: number;
  /** The systems that are measured. Default: all. */
  readonly systems?: readonly string[];
  /** The places where it is measured. Default: `node`. */
  readonly places?: readonly PlaceName[];
  /** `hardware`: only on a real GPU, because a step takes minutes on an emulated one. Default: anywhere. */
  readonly needs?: 'hardware';
}

const sizes = {
  S: { B: 1, T: 100, I: 64, H: 128 },
  M: { B: 32, T: 64, I: 128, H: 256 },
  L: { B: 1, T: 100, I: 512, H: 512 },
  XL: { B: 64, T: 35, I: 650, H: 650 },
};
const cells: readonly Cell[] = ['lstm', 'gru', 'rnn'];

const main = cells.flatMap((cell) =>
  Object.entries(sizes).flatMap(([size, shape]) =>
    (['forward', 'gradients', 'train'] as const).map((mode) => ({
      name: `${cell}-${size}-${mode}`,
      ...{ cell, mode, shape },
    })),
  ),
);

const streams = cells.map((cell) => ({
  name: `${cell}-stream`,
  ...{ cell, mode: 'stream' as const, shape: { B: 1, T: 1, I: 32, H: 128 } },
}));

/** Small enough for brain.js. */
const small = (['forward', 'train'] as const).map((mode) => ({
  name: `lstm-small-${mode}`,
  ...{ cell: 'lstm' as const, mode, shape: { B: 1, T: 20, I: 8, H: 32 }, outputs: 8 },
  systems: ['recurra-cpu', 'recurra-native', 'recurra-composed', 'brain.js', 'tfjs-wasm', 'tfjs-cpu'],
}));

/** The adding problem (Hochreiter & Schmidhuber 1997): the sum of the two marked numbers of a sequence. */
const task = {
  name: 'adding-problem',
  ...{ cell: 'lstm' as const, mode: 'task' as const, shape: { B: 16, T: 30, I: 2, H: 64 }, outputs: 1 },
};

/** Each curve varies one axis of this shape. */
const curveShape = { B: 8, T: 100, I: 64, H: 128 };
const curves = Object.entries({
  T: [25, 50, 100, 200, 400],
  B: [1, 2, 4, 8, 16, 32],
  H: [32, 64, 128, 256, 512],
}).flatMap(([axis, values]) =>
  values.map((value) => ({
    name: `curve-${axis}-${value}`,
    ...{ cell: 'lstm' as const, mode: 'gradients' as const, shape: { ...curveShape, [axis]: value } },
    systems: ['recurra-cpu'],
  })),
);

type GpuSize = Pick<Scenario, 'shape' | 'places' | 'needs'> & { readonly cells?: readonly Cell[] };

/** For GPUs, and for WebAssembly in comparison. The GRU is the variant that TensorFlow.js has. Default: LSTM and GRU. */
const gpuSizes: readonly GpuSize[] = [
  { shape: { T: 64, B: 32, I: 64, H: 128 }, places: ['chromium-webgpu', 'node-webgpu', 'chromium-wasm'] },
  { shape: { T: 32, B: 32, I: 32, H: 64 }, places: ['chromium-webgpu', 'node-webgpu', 'chromium-wasm'] },
  { shape: { T: 20, B: 8, I: 32, H: 64 }, places: ['chromium-webgl'] },
  { shape: { T: 50, B: 32, I: 64, H: 128 }, places: ['chromium-webgl'] },
  onHardware(['lstm'], { T: 64, B: 32, I: 128, H: 256 }, 'chromium-webgl'),
  onHardware(['lstm', 'gru'], { T: 35, B: 64, I: 650, H: 650 }),
  onHardware(['lstm'], { T: 100, B: 1, I: 512, H: 512 }),
  onHardware(['lstm'], { T: 128, B: 256, I: 128, H: 512 }),
];

function onHardware(cells: readonly Cell[], shape: Shape, ...more: readonly PlaceName[]): GpuSize {
  return { cells, shape, places: ['chromium-webgpu', 'node-webgpu', ...more], needs: 'hardware' };
}

const onGpus = gpuSizes.flatMap(({ cells = ['lstm', 'gru'], shape, places, needs }) =>
  cells.flatMap((cell) =>
    (['forward', 'train'] as const).map((mode) => ({
      name: `${cell}-T${shape.T}-B${shape.B}-H${shape.H}-${mode}`,
      ...{ cell, mode, shape, places, needs },
      ...(cell === 'gru' && { resetAfter: false as const }),
    })),
  ),
);

/** A long sequence through a cell with a recurrent product and one without. */
const long = (['gru', 'minGru'] as const).map((cell) => ({
  name: `${cell}-T2048-train`,
  ...{ cell, mode: 'train' as const, shape: { T: 2048, B: 8, I: 64, H: 128 } },
  systems: ['recurra-cpu', 'recurra-composed', 'recurra-webgpu'],
  places: ['node', 'node-webgpu', 'chromium-webgpu'] as const,
}));

export const allScenarios: readonly Scenario[] = [
  ...main,
  ...streams,
  ...small,
  task,
  ...curves,
  ...onGpus,
  ...long,
];

/** @param words only scenarios with one of these words in their names, separated by commas. Default: all */
export function scenariosIn(place: PlaceName, words = ''): readonly Scenario[] {
  return allScenarios.filter(({ name, places = ['node'] }) => {
    return places.includes(place) && words.split(',').some((word) => name.includes(word));
  });
}

/** Samples and epochs of a `task`. */
export const taskSize = { samples: 256, epochs: 2 };

export const gateCount: Readonly<Record<Cell, number>> = { rnn: 1, lstm: 4, gru: 3, minGru: 2 };

/** Floating-point operations of the matrix products in one repetition: the work that every implementation has to do. */
export function flopsOf({ cell, mode, shape, outputs = 0 }: Scenario): number {
  const { T, B, I, H } = shape;
  const gates = gateCount[cell] * H;
  const input = 2 * T * B * I * gates;
  const recurrent = cell === 'minGru' ? 0 : 2 * T * B * H * gates;
  const head = 2 * (mode === 'task' ? B : T * B) * H * outputs;
  if (mode === 'gradients') return 3 * (input + recurrent + head);
  if (mode === 'forward' || mode === 'stream') return input + recurrent + head;
  const steps = mode === 'task' ? (taskSize.samples / B) * taskSize.epochs : 1;
  // Training does not need the gradient of the input.
  return steps * (2 * input + 3 * (recurrent + head));
}
