/** As they are in buckets of other people's data; in one order by code units and by bytes. */
export const ODD_KEYS: readonly string[] = [
  "!'()*",
  '100%',
  'R&D <x>',
  'a b.txt',
  'a%2fb',
  'a+b.txt',
  'date=2024-01-01/part 0.parquet',
  'date=2024-01-01/part-0000.parquet',
  'modèle.bin',
  'q?x=1#y',
  '~tilde',
  '日本',
];

/** What would lead elsewhere, as a path or in a URL. */
export const BAD_KEYS: readonly string[] = ['', '/a', 'a/', 'a//b', '../a', 'a/..', 'a/./b', 'a\\b', 'a\nb'];
