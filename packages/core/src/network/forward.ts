/* What goes into a forward pass, and what comes out of it. */
import type { Tensor } from '../contract/tensor.js';
import type { CellTrace, LayerState, Signal } from '../layers/layer.js';
import type { KernelUse } from '../tape/recorder.js';

/** A kernel that a layer used. */
export interface LayerKernel extends KernelUse {
  /** The node's name; in a chain index and kind: `0.lstm`. */
  readonly layer: string;
}

/** What a network takes: its input, or in a graph each input by its name. */
export interface InputSignal {
  /** Time-major: [T, B, F], [B, F], or token ids [T, B]; frames [T, B, height · width · channels], images without T. */
  readonly value: Tensor;
  /** Valid steps of each row; absent: all. */
  readonly lengths?: readonly number[];
}

export interface ForwardOptions {
  /** Dropout is on, and batch statistics are used. Default false. */
  readonly training?: boolean;
  /** By the node's name, in a chain the layer's index: its initial state. Absent or empty: where the model says, or zero. */
  readonly initialState?: Readonly<Record<string, LayerState>>;
  /** Which dropout masks are drawn: another number, other masks. Default 0. */
  readonly step?: number;
  /**
   * Receives everything that the cells of the recurrent layers compute, which then run composed: of all of them, or of the
   * node of this name. `part` is empty, or the direction.
   */
  readonly watchCells?: {
    readonly layer?: string;
    readonly see: (layer: string, part: string, trace: CellTrace) => void;
  };
  /** Receives the output of each layer, by its label. */
  readonly watchOutputs?: (layer: string, output: Tensor) => void;
  /** Receives the weights of each attention, [T of the query, B, T of the memory], by the node's name. */
  readonly watchAttention?: (layer: string, weights: Tensor) => void;
}

export interface ForwardResult {
  /** The network's first output: the only one, unless it is a graph of several. */
  readonly output: Signal;
  /** Each output by its name; `output` in a chain, `forward` and `backward` where the last layer's merge is 'none'. */
  readonly outputs: Readonly<Record<string, Signal>>;
  /** The final state by the node's name, of layers with a state. */
  readonly state: Readonly<Record<string, LayerState>>;
  /** In training: new values of the buffers, by name. */
  readonly buffers: ReadonlyMap<string, Tensor>;
  readonly kernels: readonly LayerKernel[];
}

/** What the nodes of a graph computed. */
export interface NodeResults {
  /** By the signal's number; those of the inputs and of nodes that ran before are there at the beginning. */
  readonly signals: (Signal | undefined)[];
  /** The final state by the node's name; of layers with a state. */
  readonly state: Record<string, LayerState>;
  /** New values of buffers, by name. */
  readonly buffers: Map<string, Tensor>;
  readonly kernels: LayerKernel[];
}
