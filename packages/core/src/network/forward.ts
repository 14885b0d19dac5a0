/* The inputs, options and results of a forward pass. */
import type { PassForms } from '../contract/fused.js';
import type { Tensor } from '../contract/tensor.js';
import type { CellTrace, LayerState, Signal } from '../layers/layer.js';
import type { KernelUse } from '../tape/recorder.js';

/** A kernel that a layer used. */
export interface LayerKernel extends Omit<KernelUse, 'kernel'> {
  /** The fused kernel; 'int8' for the use of a layer's int8 weights. */
  readonly kernel: KernelUse['kernel'] | 'int8';
  /** The node's name; in a chain index and kind: `0.lstm`. */
  readonly layer: string;
  /** The form of each pass, in what `explain` returns, if the backend has several forms of the kernel. */
  readonly forms?: Readonly<Partial<Record<PassForms['pass'], string>>>;
}

/** An input of a network. */
export interface InputSignal {
  /** Time-major: [T, B, F], [B, F], or token ids [T, B]; frames [T, B, height · width · channels], images without T. */
  readonly value: Tensor;
  /** The number of valid steps in each row. Default: all. */
  readonly lengths?: readonly number[];
}

export interface ForwardOptions {
  /** Dropout is on, and batch statistics are used. Default false. */
  readonly training?: boolean;
  /** The initial state of layers, by the node's name, in a chain by the layer's index. Default: the one that the model defines, or zero. */
  readonly initialState?: Readonly<Record<string, LayerState>>;
  /** The training step, which is part of the seed of the dropout masks. Default 0. */
  readonly step?: number;
  /**
   * Receives all values that the cells of recurrent layers compute, of all layers or of the node named `layer`. These layers
   * run composed. `part` is empty, or the direction.
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
  /** The first output. See `outputs` for a graph with several. */
  readonly output: Signal;
  /** The outputs by name. A chain has `output`, or `forward` and `backward` if its last layer has merge 'none'. */
  readonly outputs: Readonly<Record<string, Signal>>;
  /** The final state of each layer with state, by the node's name. */
  readonly state: Readonly<Record<string, LayerState>>;
  /** The new values of buffers in training, by name. */
  readonly buffers: ReadonlyMap<string, Tensor>;
  readonly kernels: readonly LayerKernel[];
}

/** The results of a graph's nodes. */
export interface NodeResults {
  /** The signals by number. Those of the inputs and of nodes that ran before are set at the beginning. */
  readonly signals: (Signal | undefined)[];
  /** The final state by the node's name; of layers with a state. */
  readonly state: Record<string, LayerState>;
  /** New values of buffers, by name. */
  readonly buffers: Map<string, Tensor>;
  /** Receives the kernels that the layers use. Default: nothing does. */
  readonly kernels?: LayerKernel[];
}
