export { readKerasArchive } from './archive.js';
export { readLayersModel } from './layers-model.js';
