import { DeviceError, type Shape, type Tensor } from '@recurra/core';
import { checkUpload, type Memory, sizeOf, type TensorData, TensorStore } from '@recurra/core/backend';
import { type Device, NAME } from './device.js';
import type { Texture } from './gpu.js';
import type { Kernels, Launch, Output, Storage } from './kernels.js';
import type { TexturePool } from './pool.js';

/** Indices are floats in a shader, and these are whole up to here. */
const MOST_ELEMENTS = 2 ** 24;
const BYTES = Float32Array.BYTES_PER_ELEMENT;

/** What the operations need of memory and of kernels. */
export interface Arrays {
  readonly device: Device;
  /** See {@link Kernels.of}. */
  readonly kernel: Kernels['of'];
  readonly several: Kernels['several'];
  /** What a tensor is stored as: one channel, row-major, in a texture of any width. Not to be changed. */
  get(tensor: Tensor): Storage;
  /** A new tensor of a kernel's result. */
  add(storage: Storage, shape: Shape): Tensor;
  /** Another tensor of the elements of `x`. */
  share(x: Tensor, shape: Shape): Tensor;
  /** A new tensor without elements. */
  empty(shape: Shape): Tensor;
  /** Gives back a kernel's result that was not added. */
  drop(storage: Storage): void;
  /** A texture of four channels, all zero. The caller drops it. */
  blank(width: number, height: number): Texture;
  /** The output of a kernel that makes a tensor of `shape`. @throws DeviceError where it has too many elements */
  outputOf(shape: Shape): Output;
}

/**
 * The whole life of a texture: a kernel makes it, a {@link TensorStore} counts the handles that share it, and the last
 * of them deletes it. A tensor without elements has no texture.
 */
export function textures(
  device: Device,
  kernels: Kernels,
  pool: TexturePool,
): Arrays & Memory & { dispose(): void } {
  const { gl, side } = device;
  const release = (storage: object) => {
    if (!(storage instanceof Float32Array) && !(storage instanceof Empty)) pool.give(storage as Texture);
  };
  const store = new TensorStore<object>(NAME, BYTES, release);
  const most = Math.min(MOST_ELEMENTS, side * side);
  let disposed = false;

  const outputOf = (shape: Shape): Output => {
    const size = sizeOf(shape);
    if (size > most) {
      throw new DeviceError(
        `${NAME}: a tensor of [${shape}] has ${size} elements, and ${most} is the most: indices are floats, and a texture is at most ${side} texels wide and high`,
      );
    }
    const width = shape[shape.length - 1];
    const height = size / width;
    // gpu.js folds one row into as many as it takes.
    return width <= side && height <= side ? [width, height] : [size, 1];
  };
  const get = (tensor: Tensor) => {
    device.check();
    return store.get(tensor) as Storage;
  };
  const add = (storage: Storage, shape: Shape) => store.add(shape.slice(), storage);

  /** Elements row by row, of the first channel. */
  const pixels = (texture: Texture, size: number): Float32Array => {
    const context = gl as WebGL2RenderingContext;
    const [width, height] = texture.size;
    context.bindFramebuffer(context.FRAMEBUFFER, framebuffer(context));
    context.framebufferTexture2D(
      context.FRAMEBUFFER,
      context.COLOR_ATTACHMENT0,
      context.TEXTURE_2D,
      texture.texture,
      0,
    );
    const all = new Float32Array(width * height * 4);
    context.readPixels(0, 0, width, height, context.RGBA, context.FLOAT, all);
    const elements = new Float32Array(size);
    for (let i = 0; i < size; i++) elements[i] = all[4 * i];
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
    share: (x, shape) => {
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
      return add(gl ? upload(kernels)(output, elements) : elements, shape);
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

/** Stands for the elements of a tensor that has none. */
class Empty {}

function upload(kernels: Kernels): Launch {
  return kernels.of('upload', () => ({
    source: 'function (data) { return data[this.thread.x + this.thread.y * this.output.x]; }',
    types: ['data'],
  }));
}
