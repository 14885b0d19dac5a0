/* Models in and out: ONNX, PyTorch, Keras. */

export { type ImportedModel, networkOf, type Port, type RunnableModel, runnable } from './model.js';
