/* Networks from files. Imported on demand: a file may name any layer, and a page has few of them. */
export { loadNetwork } from '@recurra/core';
