/** What the pipeline in project/ has been keyed by and has given since the first release: none of it may change. */
export const KEYS = {
  count: 'sha256:b0b54238925f6632f9b53d5aade563e4d916e44f4402f86940f66ef354f13ee5',
  'train[short]': 'sha256:1ddeff7fe8c758695a41ff10100c4791b1d51c9821c790b932fd507f711c021b',
  'train[long]': 'sha256:2cf15b9696c84fcfad18306e63f4aca82333b011da2f0071b0318ca242e61394',
  judge: 'sha256:903c7e9154227f4e675090036b14993c57a5ec660d04675b0eb3018b3a5a2cea',
  report: 'sha256:6d3fcc48bfd524c7bf109f6a7716737415e0a5fd4e5b66209c76e67cb9711a92',
};

export const OUTPUTS = {
  'count.table': 'sha256:e4260a5789615580eec9c43eb1760341b8737c711df2aa07efacdfc6459183c7',
  'count.words': 'sha256:094a8b50906e7cdba33f58e7d1e45e08309813e3bce5ee07e32c33f3e022999f',
  'judge.verdict': 'sha256:ae7b833e524e1c84699c93529151415c64113e2497cbe9ffcb0bf196d2ea6b82',
  'report.out': 'sha256:cfe802c5d18ca75538c65c6f84847f7333dab8e774bfb81aa1855e96fa9bff0c',
  'train[long].model': 'sha256:4c97206bf3ad2289e9f3571706ca2a519478523191daa5f14aee0b8bc5c2822e',
  'train[short].model': 'sha256:1ff7ee3b9d6dc25119110d1b6527021b3cfadc4b305893159fe0b85ca008f31a',
};

/** The same word for each stage. */
export function each(word: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(KEYS).map((stage) => [stage, word]));
}
