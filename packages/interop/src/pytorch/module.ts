/* model.py: a Recurra model as a torch.nn.Module that a person can read and go on with. */
import { type Activation, type Layer, type Model, type SignalShape, UnsupportedError } from '@recurra/core';
import { activationInPython } from './activations.js';
import { modulesOf, plain, type TorchModule } from './directions.js';
import * as python from './python.js';

/** A layer in Python: what makes its modules, and what runs it on x. */
interface Lines {
  readonly init: readonly string[];
  readonly forward: readonly string[];
}

/**
 * @throws UnsupportedError for what model.py cannot do: masks, states that are kept or given out, layers of one's own
 */
export function modulePython(model: Model): string {
  const last = model.layers.length - 1;
  const logits = lastActivation(model.layers[last]);
  const parts = model.layers.map((layer, index) => {
    const input = index === 0 ? model.input : model.built[index - 1].outputShape;
    const written = layerLines(index, layer, input);
    // The last activation is apart, so that a loss can be taken of what goes into it.
    return index === last && logits ? { ...written, forward: written.forward.slice(0, -1) } : written;
  });
  const init = parts.flatMap(({ init }) => init);
  const forward = parts.flatMap(({ forward }) => forward);
  const returned = model.built[last].outputCount === 2 ? [] : ['return x'];
  const body = [
    'class Model(nn.Module):',
    `    """${shapeInWords(model.input)}; gives what Recurra's network gives${logits ? ', or what goes into its last activation' : ''}."""`,
    '',
    '    def __init__(self):',
    '        super().__init__()',
    ...init.map((line) => `        ${line}`),
    '',
    `    def forward(self, x${logits ? ', logits=False' : ''}):`,
    ...forward.map((line) => `        ${line}`),
    ...(logits
      ? ['        if logits:', '            return x', `        return ${activationInPython(logits)}`]
      : returned.map((line) => `        ${line}`)),
  ].join('\n');
  const all = body;
  const wanted = [
    python.files,
    ...(all.includes('locked_dropout(') ? [python.lockedDropout] : []),
    ...(all.includes('FeatureScale(') ? [python.featureScale] : []),
    ...(all.includes('Recurrent(') ? [python.recurrent] : []),
    `${body}\n`,
    'def load(path):\n    """The model with the weights of a file; the file\'s metadata goes with them."""\n    tensors, metadata = load_weights(path)\n    model = Model()\n    model.load_state_dict(tensors)\n    return model, metadata\n',
  ];
  return [
    `"""A network from Recurra. Its weights are in model.safetensors."""\n${python.imports}`,
    ...wanted,
  ].join('\n\n');
}

/** Softmax or sigmoid at the end, which losses are better taken before. */
export function lastActivation({ kind, options }: Layer): Activation | undefined {
  if (kind !== 'dense' && kind !== 'activation') return undefined;
  const activation = (options.activation ?? 'linear') as Activation;
  return plain(activation, 'softmax') || plain(activation, 'sigmoid') ? activation : undefined;
}

function shapeInWords(input: SignalShape): string {
  if (input.kind === 'vector') return `x is [batch, ${input.features}]`;
  const time = input.time ?? 'time';
  return input.kind === 'indices'
    ? `x is token ids [batch, ${time}]`
    : `x is [batch, ${time}, ${input.features}]`;
}

function layerLines(index: number, layer: Layer, input: SignalShape): Lines {
  const { kind, options } = layer as { kind: string; options: Readonly<Record<string, number | undefined>> };
  const name = `self.layer${index}`;
  const features = input.kind === 'indices' ? 1 : input.features;
  const run = (...forward: string[]): Lines => ({ init: [], forward });
  const made = (module: string, ...forward: string[]): Lines => ({ init: [`${name} = ${module}`], forward });
  const activated = () => {
    const activation = (layer.options.activation ?? 'linear') as Activation;
    return plain(activation, 'linear') ? [] : [`x = ${activationInPython(activation)}`];
  };
  const refuse = (why: string): never => {
    throw new UnsupportedError(`layer ${index}, ${kind}: ${why} is not written into model.py`);
  };
  switch (kind) {
    case 'rnn':
    case 'lstm':
    case 'gru':
    case 'bidirectional':
      return recurrentLines(index, layer, features, refuse);
    case 'embedding':
      if (layer.options.maskZero === true) refuse('a mask');
      return made(`nn.Embedding(${options.inputDim}, ${options.outputDim})`, `x = ${name}(x.long())`);
    case 'dense': {
      const bias = layer.options.bias === false ? ', bias=False' : '';
      return made(`nn.Linear(${features}, ${options.units}${bias})`, `x = ${name}(x)`, ...activated());
    }
    case 'conv1d':
      return made(
        convolution(layer.options, features),
        ...padding(layer.options),
        `x = ${name}(x.transpose(1, 2)).transpose(1, 2)`,
        ...activated(),
      );
    case 'layerNorm':
      return made(`nn.LayerNorm(${features}, eps=${options.epsilon ?? 1e-3})`, `x = ${name}(x)`);
    case 'featureScale':
      return made(`FeatureScale(${features})`, `x = ${name}(x)`);
    case 'dropout':
      return run(`x = nn.functional.dropout(x, ${options.rate}, self.training)`);
    case 'activation':
      return run(`x = ${activationInPython(layer.options.activation as Activation)}`);
    case 'repeat':
      return run(`x = x.unsqueeze(1).expand(-1, ${options.times}, -1)`);
    case 'flatten':
      return run('x = x.flatten(1)');
    case 'lastStep':
      return run('x = x[:, -1]');
    case 'meanOverTime':
      return run('x = x.mean(1)');
    case 'maxOverTime':
      return run('x = x.amax(1)');
    case 'masking':
      return refuse('a mask');
  }
  return refuse('a layer of one’s own');
}

function convolution(options: Layer['options'], features: number): string {
  const { filters, kernelSize, strides = 1, bias = true } = options;
  return `nn.Conv1d(${features}, ${filters}, ${kernelSize}, stride=${strides}${bias ? '' : ', bias=False'})`;
}

/** Zeros before and after the steps. */
function padding({ kernelSize, strides = 1, padding }: Layer['options']): string[] {
  if (padding === 'causal') return [`x = nn.functional.pad(x, (0, 0, ${Number(kernelSize) - 1}, 0))`];
  if (padding !== 'same') return [];
  return [
    `missing = max(0, (x.shape[1] - 1) // ${strides} * ${strides} + ${kernelSize} - x.shape[1])`,
    'x = nn.functional.pad(x, (0, 0, missing // 2, missing - missing // 2))',
  ];
}

function recurrentLines(
  index: number,
  layer: Layer,
  features: number,
  refuse: (why: string) => never,
): Lines {
  const modules = modulesOf(index, layer);
  const [{ options, prefixes }] = modules;
  if (options.stateful) refuse('a state kept from batch to batch');
  if (options.returnState) refuse('the final state as an output');
  const init = modules.flatMap((module) => moduleLines(module, features));
  const input = ({ options: { dropout } }: TorchModule) =>
    dropout > 0 ? `locked_dropout(x, ${dropout}, self.training)` : 'x';
  const { returnSequences, goBackwards } = options;
  if (layer.kind !== 'bidirectional') {
    const read = goBackwards ? `${input(modules[0])}.flip(1)` : input(modules[0]);
    return {
      init,
      forward: [`x, _ = self.layer${index}(${read})`, ...(returnSequences ? [] : ['x = x[:, -1]'])],
    };
  }
  const merge = (layer.options.merge ?? 'concat') as keyof typeof merges;
  const both =
    prefixes.length === 2
      ? [`x, _ = self.layer${index}(x)`, 'ahead, back = x.chunk(2, -1)']
      : [
          `ahead, _ = self.${modules[0].name}(${input(modules[0])})`,
          `back, _ = self.${modules[1].name}(${input(modules[1])}.flip(1))`,
          'back = back.flip(1)',
        ];
  return {
    init,
    forward: [...both, ...(returnSequences ? [] : ['ahead, back = ahead[:, -1], back[:, 0]']), merges[merge]],
  };
}

const merges = {
  concat: 'x = torch.cat([ahead, back], -1)',
  sum: 'x = ahead + back',
  average: 'x = (ahead + back) / 2',
  multiply: 'x = ahead * back',
  none: 'return ahead, back',
};

function moduleLines({ name, nn, options, prefixes }: TorchModule, features: number): string[] {
  const { units, bias, projection, cell } = options;
  if (!nn) return [ownModule(name, options, features)];
  const more = [
    'batch_first=True',
    ...(bias ? [] : ['bias=False']),
    ...(prefixes.length === 2 ? ['bidirectional=True'] : []),
    ...(projection === undefined ? [] : [`proj_size=${projection}`]),
    ...(nn === 'RNN' && plain(options.activation, 'relu') ? ['nonlinearity="relu"'] : []),
  ];
  const lines = [`self.${name} = nn.${nn}(${features}, ${units}, ${more.join(', ')})`];
  if (!bias || cell === 'gru') return lines;
  const suffixes = prefixes.length === 2 ? ['l0', 'l0_reverse'] : ['l0'];
  return [
    ...lines,
    '# Recurra has one bias: this one, which is −0, stays out of the training.',
    ...suffixes.map((suffix) => `self.${name}.bias_hh_${suffix}.requires_grad_(False)`),
  ];
}

function ownModule(name: string, options: TorchModule['options'], features: number): string {
  const { cell, units, bias, projection, peepholes, layerNorm, clip, resetAfter, recurrentDropout } = options;
  const width = { rnn: 1, lstm: 4, gru: 3 }[cell] * units;
  const shapes: Record<string, number | readonly number[]> = {
    kernel: [features, width],
    recurrentKernel: [projection ?? units, width],
    ...(bias && { bias: width }),
    ...(bias && cell === 'gru' && resetAfter && { recurrentBias: width }),
    ...(peepholes && { peepholes: 3 * units }),
    ...(projection !== undefined && { projection: [units, projection] }),
    ...(layerNorm && { inputGain: width, recurrentGain: width }),
    ...(layerNorm && cell === 'lstm' && { cellGain: units, cellBias: units }),
  };
  const written = Object.entries(shapes).map(([key, shape]) => `"${key}": ${JSON.stringify(shape)}`);
  const more = [
    `"${cell}"`,
    String(units),
    `{${written.join(', ')}}`,
    `lambda x: ${activationInPython(options.activation)}`,
    `lambda x: ${activationInPython(options.recurrentActivation)}`,
    ...(clip > 0 ? [`clip=${clip}`] : []),
    ...(cell === 'gru' && !resetAfter ? ['reset_after=False'] : []),
    ...(recurrentDropout > 0 ? [`dropout=${recurrentDropout}`] : []),
  ];
  return `self.${name} = Recurrent(\n            ${more.join(',\n            ')},\n        )`;
}
