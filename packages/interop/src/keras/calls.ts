/* Which tensors the layers of a Keras model take. */
import { FormatError, UnsupportedError } from '@recurra/core';
import { isRecord } from '@recurra/core/backend';
import { type Config, text } from './config.js';

/** A tensor of a functional model. */
export interface TensorRef {
  readonly layer: string;
  /** Which of the layer's calls makes it. */
  readonly call: number;
  /** Which of the call's outputs it is. */
  readonly index: number;
}

/** The arguments of one call of a layer. */
export interface CallInputs {
  readonly inputs: readonly TensorRef[];
  readonly initialState: readonly TensorRef[];
  /** True if a step of an attention does not see later ones. */
  readonly causal: boolean;
}

/** Layers whose further inputs are the initial state. */
const recurrent = new Set(['SimpleRNN', 'LSTM', 'GRU', 'Bidirectional']);

/**
 * The calls of a layer. Keras 2 and tfjs-layers write `[[["a", call, index, {}]]]`, Keras 3
 * `[{ args: [{ config: { keras_history: ["a", call, index] } }], kwargs }]`.
 */
export function readCalls(className: string, config: Config, inbound: unknown): CallInputs[] {
  const { owner } = config;
  const calls = inbound ?? [];
  if (!Array.isArray(calls)) throw new FormatError(`${owner}: inbound_nodes must be a list`);
  return calls.map((call) => {
    const args: unknown = isRecord(call) ? call.args : call;
    if (!Array.isArray(args)) throw new FormatError(`${owner}: inbound_nodes ${text(inbound)}`);
    const options = isRecord(call) ? call.kwargs : isTensor(args[0]) ? args[0][3] : undefined;
    const kwargs = isRecord(options) ? options : {};
    if (hasTensor(kwargs.mask) || hasTensor(kwargs.attention_mask))
      throw new UnsupportedError(`${owner}: a mask that is an input is not supported`);
    const tensors = args.flatMap((argument) => tensorsOf(owner, argument));
    const named = ['query', 'value', 'key'].flatMap((name) => tensorsOf(owner, kwargs[name] ?? []));
    const state = tensorsOf(owner, kwargs.initial_state ?? []);
    const all = [...tensors, ...named];
    const isRecurrent = recurrent.has(className);
    return {
      inputs: isRecurrent ? all.slice(0, 1) : all,
      initialState: isRecurrent ? [...all.slice(1), ...state] : [],
      causal: kwargs.use_causal_mask === true,
    };
  });
}

/** The tensors in `input_layers` and `output_layers`: `[["a", 0, 0], …]` or, for one in Keras 3, `["a", 0, 0]`. */
export function readRefs(what: string, value: unknown): TensorRef[] {
  return tensorsOf(what, value);
}

function tensorsOf(owner: string, value: unknown): TensorRef[] {
  const history = isRecord(value) && isRecord(value.config) ? value.config.keras_history : value;
  if (isTensor(history)) {
    const [layer, call, index] = history;
    return [{ layer, call, index }];
  }
  if (Array.isArray(value)) return value.flatMap((each) => tensorsOf(owner, each));
  throw new UnsupportedError(`${owner}: the input ${text(value)} is not a tensor of the model`);
}

function isTensor(value: unknown): value is [string, number, number, unknown?] {
  return (
    Array.isArray(value) &&
    typeof value[0] === 'string' &&
    Number.isSafeInteger(value[1]) &&
    Number.isSafeInteger(value[2])
  );
}

function hasTensor(value: unknown): boolean {
  return value !== null && value !== undefined && JSON.stringify(value).includes('keras_history');
}
