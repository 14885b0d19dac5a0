/** The part of jsfive (https://github.com/usnistgov/jsfive) that is used; it comes without types. */
declare module 'jsfive' {
  export interface Dataset {
    readonly shape: readonly number[];
    /** `<f4`; other kinds of data have a list. */
    readonly dtype: string | readonly unknown[];
    readonly value: ArrayLike<number>;
    readonly _dataobjects: { readonly chunks: readonly number[] | null };
  }

  export class File {
    constructor(buffer: ArrayBuffer, name?: string);
    /** @throws a string where nothing is at the path */
    get(path: string): unknown;
  }
}
