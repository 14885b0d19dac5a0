/** A library installed in this folder. */
export const load = (name) => import(name);
