/* File formats and model descriptions, for programs that read or write the models of other libraries. */

export type { TypedArray } from './data/ndarray.js';
export { fromBfloat16, fromFloat16 } from './files/half-precision.js';
export { parseJson } from './files/json.js';
export { bytesOf, decodeSafetensors, encodeSafetensors, readSafetensorsHeader } from './files/safetensors.js';
export type { Architecture, ModelInput, ModelNode, ModelOutput } from './model/architecture.js';
export { modelFromJson } from './network/load-network.js';
export { planStream, type StreamPlan } from './network/stream-plan.js';
