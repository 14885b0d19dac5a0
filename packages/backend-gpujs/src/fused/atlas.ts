import type { Texture } from '../gpu.js';
import type { Storage } from '../kernels.js';
import type { Arrays } from '../textures.js';

/** Copies so many texels of a kernel's result to (x, y) of another texture. */
export type Copy = (from: Storage, to: Storage, x: number, y: number, width: number, height: number) => void;

/**
 * A kernel writes all of a texture and no part of it. So a step's results are copied to their places in the arrays of
 * all steps, which costs a tenth of a launch.
 */
export function copier({ device: { gl } }: Arrays): Copy {
  if (!gl) throw new TypeError('textures are copied in WebGL only');
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
