import type { Texture } from '../gpu.js';
import type { Storage } from '../kernels.js';
import type { Context } from '../memory.js';

/** Copies [width, height] texels of a kernel's result to position (x, y) of another texture. */
export type Copy = (from: Storage, to: Storage, x: number, y: number, width: number, height: number) => void;

/**
 * A kernel cannot write into part of a texture. So the results of a step are copied into the arrays of all steps, which costs
 * less than a launch.
 */
export function copier({ device: { gl } }: Context): Copy {
  if (!gl) throw new TypeError('there are no textures in this mode');
  const framebuffer = gl.createFramebuffer();
  return (from, to, x, y, width, height) => {
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    const { texture } = from as Texture;
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, (to as Texture).texture);
    gl.copyTexSubImage2D(gl.TEXTURE_2D, 0, x, y, 0, 0, width, height);
  };
}
