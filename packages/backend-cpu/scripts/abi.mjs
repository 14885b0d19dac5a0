/*
 * The definitions on which the kernels in assembly/ and their callers in src/ must agree. Change them here
 * only: build-wasm.mjs writes them to src/abi.generated.ts for TypeScript and to assembly/abi.generated.ts
 * for AssemblyScript.
 */

/** Constants: a value and its description. */
export const constants = {
  PANEL: [16, 'The number of columns of a panel.'],
  PROJECTED_ROWS: [128, 'The most rows of x that a thread multiplies with W at a time.'],
  MAX_THREADS: [64, 'The most threads that a pool has room for.'],
  MAX_PAGES: [65_536, 'The most pages of 64 KiB that a memory can have: 4 GiB.'],
  MEMORY_PRIVATE: [1, 'The flags of a memory with a maximum, in a module.'],
  MEMORY_SHARED: [3, 'The flags of a memory with a maximum that threads share, in a module.'],
};

/** Codes: the name of the AssemblyScript enum and of the TypeScript table, and the members, numbered from 0. */
export const codes = [
  {
    about: 'Element-wise operations of one operand.',
    enumName: 'Unary',
    tableName: 'UNARY',
    members: ['exp', 'log', 'sqrt', 'abs', 'relu', 'sigmoid', 'tanh', 'softplus', 'step'],
  },
  {
    about: 'Element-wise operations of two operands.',
    enumName: 'Binary',
    tableName: 'BINARY',
    members: ['add', 'sub', 'mul', 'div', 'maximum', 'minimum'],
  },
  {
    about: 'Activations of a dense layer.',
    enumName: 'Activation',
    tableName: 'ACTIVATIONS',
    members: ['linear', 'relu', 'sigmoid', 'tanh'],
  },
  {
    about: 'Recurrent kernels: one scan over a whole sequence each.',
    enumName: 'Scan',
    tableName: 'SCANS',
    members: [
      'rnnForward',
      'rnnBackward',
      'lstmForward',
      'lstmBackward',
      'gruForward',
      'gruBackward',
      'gruResetBeforeForward',
      'gruResetBeforeBackward',
    ],
  },
];

/**
 * The arguments of a scan, in their order in memory: name, type and description. `usize` is the address of a
 * float32 array, or 0 if the array is absent. T steps, B rows, I inputs, H units, G gates.
 */
export const scanArgs = [
  ['time', 'i32', 'T'],
  ['batch', 'i32', 'B'],
  ['inputSize', 'i32', 'I'],
  ['units', 'i32', 'H'],
  ['reverse', 'i32', '1 to scan from the last step to the first, else 0.'],
  [
    'initialState',
    'i32',
    '1 if an initial state is given, else 0: then h before the first step is 0, and its gradient is not wanted.',
  ],
  ['relu', 'i32', 'RNN only: 1 for relu, 0 for tanh.'],
  [
    'kernelRowStride',
    'i32',
    'The row length of the kernels if they are read as they are, which takes a batch of one row; 0 if they are in panels.',
  ],
  ['lengths', 'usize', '[B]: the number of steps of each row; absent if every row has T.'],
  ['x', 'usize', '[T, B, I]'],
  [
    'kernel',
    'usize',
    'Forward: W [I, G·H], as it is or in panels, gate by gate. Backward: Wᵀ in panels; absent without dx.',
  ],
  [
    'recurrentKernel',
    'usize',
    'U [H, G·H] as it is; or forward: U in panels, gate by gate; backward: Uᵀ in panels.',
  ],
  [
    'candidateKernel',
    'usize',
    "GRU with the reset gate before the product: the candidate's columns of U (or of Uᵀ), which recurrentKernel then lacks.",
  ],
  [
    'kernelScales',
    'usize',
    '[G·H], forward only: the scales of the columns of W, which is int8 in panels then, as U is; absent for floats.',
  ],
  ['recurrentScales', 'usize', '[G·H], forward only: the scales of the columns of U; absent for floats.'],
  ['rounded', 'usize', 'Int8 weights: the memory for the rounded rows of every thread.'],
  ['roundedBytes', 'i32', 'Int8 weights: the bytes of that memory for one thread.'],
  ['bias', 'usize', '[G·H], forward only.'],
  ['recurrentBias', 'usize', '[G·H], forward only.'],
  [
    'hEven',
    'usize',
    '[B, H], forward only: h before step 0, 2, 4 … (counted as scanned); odd steps write it.',
  ],
  ['hOdd', 'usize', '[B, H], forward only: h before step 1, 3, 5 …; even steps write it.'],
  ['c', 'usize', '[B, H], LSTM, forward only: the cell state; every step updates it in place.'],
  ['y', 'usize', '[T, B, H]'],
  ['gates', 'usize', '[T, B, G·H]: x·W + b at first, then the activated gates (RNN: the pre-activation).'],
  ['savedH', 'usize', '[T, B, H]: h before each step, saved for the backward pass.'],
  ['savedExtra', 'usize', '[T, B, H]: what else the cell saves; see each cell.'],
  ['scratch', 'usize', '[B, n·H]: scratch memory; n depends on the cell.'],
  ['dy', 'usize', '[T, B, H]: the gradient of y.'],
  ['dh', 'usize', '[B, H]: the gradient of h, updated step by step.'],
  ['dc', 'usize', '[B, H], LSTM: the gradient of c, updated step by step.'],
  ['da', 'usize', '[T, B, G·H]: the gradient of x·W + b.'],
  [
    'du',
    'usize',
    "[T, B, G·H]: the gradient of h·U + b'. The same array as da, unless the cell has them differ.",
  ],
  ['dx', 'usize', '[T, B, I]: the gradient of x.'],
  ['dKernel', 'usize', '[I, G·H]: the gradient of W.'],
  ['dRecurrentKernel', 'usize', '[H, G·H]: the gradient of U.'],
  ['dBias', 'usize', '[G·H]: the gradient of b.'],
  ['dRecurrentBias', 'usize', "[G·H]: the gradient of b'."],
  ['workspace', 'usize', 'Backward: scratch memory for the matrix products of every thread.'],
];
