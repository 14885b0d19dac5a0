/* Keras layers of several inputs. */
import { add, attention, concat, multiply, type Node, UnsupportedError } from '@recurra/core';
import type { Config } from './config.js';
import type { LayerInput, Translated } from './layer-input.js';
import { rankOf } from './layer-tools.js';

export const mergingLayers: Readonly<Record<string, (input: LayerInput) => Translated>> = {
  Add: () => ({ layer: add(), arrange: (inputs) => inputs }),

  Multiply: () => ({ layer: multiply(), arrange: (inputs) => inputs }),

  Concatenate({ config, shape }) {
    config.mustBeLastAxis('axis', rankOf(shape));
    return { layer: concat(), arrange: (inputs) => inputs };
  },

  Attention({ config, causal, location, file }) {
    config.must('score_mode', 'dot');
    const scaled = config.boolean('use_scale', false);
    const [scale] = scaled ? file.take(location, [{ name: 'scale', shape: [] }]) : [];
    const options = { causal, dropout: config.number('dropout', 0), ...(scale && { scale: scale.data[0] }) };
    return { layer: attention(options), arrange: (inputs) => queryAndMemory(config, inputs) };
  },
};

/** @throws UnsupportedError if keys and values differ */
function queryAndMemory(config: Config, [query, memory, key = memory]: readonly Node[]) {
  if (!memory || key !== memory)
    throw new UnsupportedError(`${config.owner}: its inputs must be a query and one memory`);
  return { query, memory };
}
