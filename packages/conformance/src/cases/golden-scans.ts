/* The layers minGru and minLstm compared with PyTorch: outputs, final states and all gradients. */
import { type Backend, minGru, minLstm, type RecurrentLayer, sequential, type Tensor } from '@recurra/core';
import type { Check } from '../check.js';
import { implementationsOf } from '../fused-and-composed.js';
import { provesGolden, type Results } from '../golden-proof.js';
import type { ScanGolden } from '../golden-scan.js';
import { rearranged } from '../laws.js';
import { array, read, type Values } from '../numbers.js';
import type { Case } from '../suite.js';

/** The functions that create the layers under test. */
export interface ScanLayers {
  readonly minGru: (options: Parameters<typeof minGru>[0]) => RecurrentLayer;
  readonly minLstm: (options: Parameters<typeof minLstm>[0]) => RecurrentLayer;
}

export function goldenScan(golden: ScanGolden, layers: ScanLayers = { minGru, minLstm }): Case {
  return {
    group: 'goldens/scans',
    name: golden.name,
    run(check) {
      const computed = (check: Check, golden: ScanGolden, backend: Backend, fused: boolean) =>
        compute(check, golden, backend, layers, fused);
      const kind = { compute: computed, expected, moved };
      return provesGolden(check, kind, golden, implementationsOf(check.backend));
    },
  };
}

async function compute(
  check: Check,
  golden: ScanGolden,
  backend: Backend,
  layers: ScanLayers,
  fused: boolean,
): Promise<Results> {
  const { kind, hiddenSize: units, activation, bias, reverse, inputSize, lengths, weights, h0 } = golden;
  const options = { units, activation, bias, goBackwards: reverse, returnSequences: true };
  const model = sequential([layers[kind](options)], { inputShape: [null, inputSize] });
  const network = check.use(model.on(backend, { fused }));
  const names = Object.keys(weights);
  network.setWeights(Object.fromEntries(names.map((name) => [`0.${name}`, array(weights[name])])));
  const tape = check.tape(backend, { fused });
  const upload = ({ data, shape }: Values) => tape.constant(data, shape);
  const x = tape.watch(upload(golden.x));
  const state = h0 && tape.watch(upload(h0));
  const trained = names.map((name) => tape.watch(network.parameters.get(`0.${name}`) as Tensor));
  const result = network.forward(
    tape,
    { value: x, ...(lengths && { lengths }) },
    state && { initialState: { 0: [state] } },
  );
  const y = result.output.value;
  const [[hn]] = Object.values(result.state);
  const gradients = tape.gradients(
    [
      [y, upload(inOrderOfReading(golden, golden.dy))],
      [hn, upload(golden.dhn)],
    ],
    [x, ...trained, ...(state ? [state] : [])],
  );
  const host = (tensor: Tensor) => read(backend, tensor);
  const [dx, ...rest] = await Promise.all(gradients.map(host));
  return {
    y: inOrderOfReading(golden, await host(y)),
    hn: await host(hn),
    dx,
    ...Object.fromEntries(names.map((name, i) => [`gradient of ${name}`, rest[i]])),
    ...(state && { dh0: rest[names.length] }),
  };
}

/** The steps of y as a layer that goes backwards returns them, or the inverse. */
function inOrderOfReading({ reverse, lengths, timeSteps }: ScanGolden, values: Values): Values {
  if (!reverse) return values;
  return rearranged(values, values.shape, ([t, b, h]) => {
    const length = lengths?.[b] ?? timeSteps;
    return [t < length ? length - 1 - t : t, b, h];
  });
}

function expected({ y, hn, dx, dWeights, dh0 }: ScanGolden): Results {
  const gradients = Object.entries(dWeights).map(
    ([name, values]) => [`gradient of ${name}`, values] as const,
  );
  return { y, hn, dx, ...Object.fromEntries(gradients), ...(dh0 && { dh0 }) };
}

function moved(golden: ScanGolden, move: (values: Values) => Values): ScanGolden {
  const { x, dy, dhn, h0, weights } = golden;
  const entries = Object.entries(weights).map(([name, values]) => [name, move(values)] as const);
  return {
    ...golden,
    ...{ x: move(x), dy: move(dy), dhn: move(dhn), ...(h0 && { h0: move(h0) }) },
    weights: Object.fromEntries(entries),
  };
}
