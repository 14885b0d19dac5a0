export { readKerasArchive } from './archive.js';
export { readLayersModel } from './layers-model.js';
export { writeKerasArchive } from './write-archive.js';
export { type LayersModelFiles, writeLayersModel } from './write-layers-model.js';
