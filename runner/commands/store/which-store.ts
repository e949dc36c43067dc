/** What `--store` means to the commands that look after one. */
export const WHICH =
  'the store: a folder, a name of your stores.yaml, s3://bucket/prefix (default: the user’s cache)';
