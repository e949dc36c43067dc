/** Sorts of secrets that are known by their looks, whoever's they are. */
export interface TokenPattern {
  readonly name: string;
  readonly pattern: RegExp;
}

export const TOKEN_PATTERNS: readonly TokenPattern[] = [
  // The one that ends with EXAMPLE is in every manual.
  {
    name: 'an AWS access key',
    pattern: /(?<![A-Za-z0-9])(?:AKIA|ASIA)(?!\w{9}EXAMPLE)[A-Z2-7]{16}(?![A-Za-z0-9])/g,
  },
  {name: 'a private key', pattern: /-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----/g},
  {name: 'a Hugging Face token', pattern: /(?<![A-Za-z0-9])hf_[A-Za-z0-9]{34}(?![A-Za-z0-9])/g},
  {name: 'a GitHub token', pattern: /(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{36}(?![A-Za-z0-9])/g},
  {name: 'a GitHub token', pattern: /(?<![A-Za-z0-9])github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}/g},
  {name: 'a Slack token', pattern: /(?<![A-Za-z0-9])xox[abprs]-[0-9]{10,13}-[0-9A-Za-z-]{20,}/g},
];

/** No pattern matches more bytes, so that this much overlap between buffers loses none. */
export const LONGEST_TOKEN = 256;
