/* The lines of model.py for each layer. The first input of a layer of one input is the variable x, and so is its output. */
import type { Activation, BuiltInLayer } from '@recurra/core';
import { activationKind } from '@recurra/core/backend';
import { stepSizes } from '../ports.js';
import { activationInPython } from './activations.js';
import { attentionLine, decoderLines } from './attention-module.js';
import { conv1dPadding, conv2dLines, pooling1dLines, pooling2dLines } from './image-module.js';
import type { LayerToWrite, Lines } from './layer-to-write.js';
import { recurrentLines } from './recurrent-module.js';

export function layerLines(given: LayerToWrite): Lines {
  const { attribute, inputs, shapes, outputShape, refuse } = given;
  const layer = given.layer as unknown as BuiltInLayer;
  const name = `self.${attribute}`;
  const [shape] = shapes;
  const features = stepSizes(shape).at(-1) ?? 1;
  const run = (...forward: string[]): Lines => ({ init: [], forward });
  const withModule = (module: string, ...forward: string[]): Lines => ({
    init: [`${name} = ${module}`],
    forward,
  });
  switch (layer.kind) {
    case 'rnn':
    case 'lstm':
    case 'gru':
    case 'minGru':
    case 'minLstm':
    case 'slstm':
    case 'bidirectional':
      return recurrentLines(given, layer, features);
    case 'bahdanauDecoder':
      return decoderLines(given, layer.options);
    case 'attention':
      return withModule(attentionLine(layer.options, shapes), `x = ${name}(${inputs[0]}, ${inputs[1]})`);
    case 'recurrent':
      return refuse('custom cells cannot be exported to PyTorch');
    case 'masking':
      return refuse('model.py does not support masks');
    case 'embedding': {
      const { inputDim, outputDim, maskZero } = layer.options;
      if (maskZero) refuse('model.py does not support masks');
      return withModule(`nn.Embedding(${inputDim}, ${outputDim})`, `x = ${name}(x.long())`);
    }
    case 'dense': {
      const { units, bias, activation } = layer.options;
      const module = `nn.Linear(${features}, ${units}${bias ? '' : ', bias=False'})`;
      return withModule(module, `x = ${name}(x)`, ...activationLines(activation));
    }
    case 'conv1d': {
      const { filters, kernelSize, strides, bias, activation } = layer.options;
      return withModule(
        `nn.Conv1d(${features}, ${filters}, ${kernelSize}, stride=${strides}${bias ? '' : ', bias=False'})`,
        ...conv1dPadding(layer.options),
        `x = ${name}(x.transpose(1, 2)).transpose(1, 2)`,
        ...activationLines(activation),
      );
    }
    case 'conv2d':
      return withModule(
        ...conv2dLines(name, layer.options, shape),
        ...activationLines(layer.options.activation),
      );
    case 'maxPooling2d':
    case 'averagePooling2d':
      return run(...pooling2dLines(layer.kind, layer.options, shape));
    case 'maxPooling1d':
      return run(...pooling1dLines(layer.options));
    case 'batchNorm': {
      const { epsilon, momentum, scale, center } = layer.options;
      const affine = scale || center ? '' : ', affine=False';
      const fixed = affine === '' && !(scale && center) ? [scale ? 'bias' : 'weight'] : [];
      return {
        init: [
          `${name} = nn.BatchNorm1d(${features}, eps=${epsilon}, momentum=${1 - momentum}${affine})`,
          ...fixed.map((parameter) => `${name}.${parameter}.requires_grad_(False)`),
        ],
        forward: [`x = on_features(${name}, x)`],
      };
    }
    case 'layerNorm':
      return withModule(`nn.LayerNorm(${features}, eps=${layer.options.epsilon})`, `x = ${name}(x)`);
    case 'featureScale':
      return withModule(`FeatureScale(${features})`, `x = ${name}(x)`);
    case 'dropout':
      return run(`x = nn.functional.dropout(x, ${layer.options.rate}, self.training)`);
    case 'spatialDropout':
      return run(`x = spatial_dropout(x, ${layer.options.rate}, self.training)`);
    case 'activation':
      return run(`x = ${activationInPython(layer.options.activation)}`);
    case 'repeatVector':
      return run(`x = x.unsqueeze(1).expand(-1, ${layer.options.n}, -1)`);
    case 'flatten':
      return run(shape.kind === 'frames' ? 'x = x.flatten(2)' : 'x = x.flatten(1)');
    case 'reshape': {
      const sizes = [
        ...('time' in outputShape && !('time' in shape) ? [outputShape.time as number] : []),
        ...stepSizes(outputShape),
      ];
      return run(
        `x = x.reshape(${['x.shape[0]', ...('time' in shape ? ['x.shape[1]'] : []), ...sizes].join(', ')})`,
      );
    }
    case 'concat':
      return run(`x = torch.cat([${inputs.join(', ')}], -1)`);
    case 'add':
      return run(`x = ${inputs.join(' + ')}`);
    case 'multiply':
      return run(`x = ${inputs.join(' * ')}`);
    case 'lastStep':
      return run('x = x[:, -1]');
    case 'meanOverTime':
      return run('x = x.mean(1)');
    case 'maxOverTime':
      return run('x = x.amax(1)');
    default:
      layer satisfies never;
      return refuse('custom layers cannot be exported to PyTorch');
  }
}

function activationLines(activation: Activation): string[] {
  return activationKind(activation) === 'linear' ? [] : [`x = ${activationInPython(activation)}`];
}
