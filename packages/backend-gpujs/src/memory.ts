import { DeviceError, type Shape, type Tensor } from '@recurra/core';
import { checkUpload, type Memory, sizeOf, type TensorData, TensorStore } from '@recurra/core/backend';
import { type Device, NAME } from './device.js';
import { filler } from './filler.js';
import type { Texture } from './gpu.js';
import type { Kernels, Output, Storage } from './kernels.js';
import type { TexturePool } from './pool.js';
import { FLAT } from './strides.js';

/** Indices are floats in a shader, which are exact up to this number. */
const MAX_ELEMENTS = 2 ** 24;
const BYTES = Float32Array.BYTES_PER_ELEMENT;

/** The parts of the backend's memory and kernels that the operations use. */
export interface Context {
  readonly device: Device;
  /** See {@link Kernels.of}. */
  readonly kernel: Kernels['of'];
  /** See {@link Kernels.several}. */
  readonly several: Kernels['several'];
  /** A tensor's elements: one channel, row-major, in a texture of any width. They must not be changed. */
  get(tensor: Tensor): Storage;
  /** A new tensor of a kernel's result. */
  add(storage: Storage, shape: Shape): Tensor;
  /** A new handle to the elements of `x`. */
  alias(x: Tensor, shape: Shape): Tensor;
  /** A new tensor without elements. */
  empty(shape: Shape): Tensor;
  /** Frees a kernel's result that was not added. */
  drop(storage: Storage): void;
  /** A texture of four channels, all zero. The caller must free it with `drop`. */
  blank(width: number, height: number): Texture;
  /** The output size of a kernel whose result is a tensor of `shape`. @throws DeviceError if it has too many elements */
  outputOf(shape: Shape): Output;
}

/**
 * The backend's memory: each tensor is a texture that a kernel created. {@link TensorStore} counts its handles, and when the last
 * is freed, the texture goes to the pool. A tensor without elements has no texture.
 */
export function memory(
  device: Device,
  kernels: Kernels,
  pool: TexturePool,
): Context & Memory & { dispose(): void } {
  const { gl, side } = device;
  const release = (storage: object) => {
    if (!(storage instanceof Float32Array) && !(storage instanceof Empty)) pool.give(storage as Texture);
  };
  const store = new TensorStore<object>(NAME, BYTES, release);
  const maxElements = Math.min(MAX_ELEMENTS, side * side);
  let disposed = false;

  const outputOf = (shape: Shape): Output => {
    const size = sizeOf(shape);
    if (size > maxElements) {
      throw new DeviceError(
        `${NAME}: a tensor of [${shape}] has ${size} elements, but the maximum is ${maxElements}: indices are floats, and a texture is at most ${side} texels wide and high`,
      );
    }
    const width = shape[shape.length - 1];
    const height = size / width;
    // gpu.js folds a single row into several.
    return width <= side && height <= side ? [width, height] : [size, 1];
  };
  const get = (tensor: Tensor) => {
    device.check();
    return store.get(tensor) as Storage;
  };
  const add = (storage: Storage, shape: Shape) => store.add(shape.slice(), storage);

  /** The first channel of a texture, row-major. */
  const pixels = (texture: Texture, size: number): Float32Array => {
    const gl2 = gl as WebGL2RenderingContext;
    const [width, height] = texture.size;
    gl2.bindFramebuffer(gl2.FRAMEBUFFER, framebuffer(gl2));
    gl2.framebufferTexture2D(gl2.FRAMEBUFFER, gl2.COLOR_ATTACHMENT0, gl2.TEXTURE_2D, texture.texture, 0);
    const channels = new Float32Array(width * height * 4);
    gl2.readPixels(0, 0, width, height, gl2.RGBA, gl2.FLOAT, channels);
    const elements = new Float32Array(size);
    for (let i = 0; i < size; i++) elements[i] = channels[4 * i];
    return elements;
  };
  let reading: WebGLFramebuffer | undefined;
  const framebuffer = (context: WebGL2RenderingContext) => {
    reading ??= context.createFramebuffer();
    return reading;
  };

  return {
    device,
    kernel: kernels.of,
    several: kernels.several,
    get,
    add,
    alias: (x, shape) => {
      device.check();
      return store.share(x, shape.slice());
    },
    empty: (shape) => {
      device.check();
      return store.add(shape.slice(), new Empty());
    },
    drop: release,
    outputOf,
    blank: (width, height) => {
      const launch = kernels.of('blank', () => ({
        source: 'function () { return [0, 0, 0, 0]; }',
        types: [],
        channels: 4,
      }));
      return launch([width, height]) as Texture;
    },

    upload(data, shape) {
      device.check();
      const size = checkUpload(NAME, data, shape);
      if (size === 0) return store.add(shape.slice(), new Empty());
      const output = outputOf(shape);
      const elements = Float32Array.from(data);
      return add(gl ? upload(kernels, device, output, elements) : elements, shape);
    },

    async read(tensor): Promise<TensorData> {
      const storage = get(tensor);
      const size = sizeOf(tensor.shape);
      if (size === 0) return new Float32Array(0);
      if (storage instanceof Float32Array) return storage.slice(0, size);
      const elements = pixels(storage, size);
      device.check();
      return elements;
    },

    free(tensor) {
      if (disposed) device.check();
      store.remove(tensor);
    },
    memory: () => store.memory(),

    dispose() {
      if (disposed) return;
      disposed = true;
      store.clear();
      device.dispose();
    },
  };
}

/** The storage of a tensor without elements. */
class Empty {}

/** A texture of elements. WebGL1 has no textures of one channel to write them to, so a kernel copies them from another. */
function upload(kernels: Kernels, { mode, gl }: Device, output: Output, elements: Float32Array): Storage {
  if (mode !== 'webgl2') {
    const launch = kernels.of('upload', () => ({
      // data [n] → [n]
      source: `function (data) { return data[${FLAT}]; }`,
      types: ['data'],
    }));
    return launch(output, elements);
  }
  const gl2 = gl as WebGL2RenderingContext;
  const storage = filler(kernels.of)(output, 0) as Texture;
  const [width, height] = storage.size;
  const all = width * height === elements.length ? elements : new Float32Array(width * height);
  if (all !== elements) all.set(elements);
  gl2.activeTexture(gl2.TEXTURE0);
  gl2.bindTexture(gl2.TEXTURE_2D, storage.texture);
  gl2.pixelStorei(gl2.UNPACK_FLIP_Y_WEBGL, false);
  gl2.texSubImage2D(gl2.TEXTURE_2D, 0, 0, 0, width, height, gl2.RED, gl2.FLOAT, all);
  return storage;
}
