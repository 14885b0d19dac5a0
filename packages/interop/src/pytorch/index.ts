export { type ReadStateDictOptions, readStateDict } from './read.js';
export { type PytorchFiles, writePytorch } from './write.js';
