/** Words that a reference may begin with and no stage may be called. */
export const ROOTS = ['params', 'seed', 'sources', 'inputs', 'outputs', 'round', 'chain', 'matrix'] as const;
export type Root = (typeof ROOTS)[number];
