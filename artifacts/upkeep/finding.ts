import type {Digest} from '../../schemas/digest.ts';

/**
 * What is wrong with a store, by name. `kind` decides the exit code's part. `healed`: it was, and the right bytes have
 * been brought from the other store since.
 */
export type Finding =
  | {
      readonly kind: 'corrupt';
      readonly what: 'object';
      readonly digest: Digest;
      readonly actual: Digest;
      readonly file: string;
      readonly healed?: true;
    }
  | {readonly kind: 'corrupt'; readonly what: 'manifest'; readonly digest: Digest; readonly why: string}
  | {readonly kind: 'corrupt'; readonly what: 'receipt'; readonly file: string; readonly why: string}
  /** Named by a receipt, and not there (or, just now, found corrupt). */
  | {
      readonly kind: 'missing';
      readonly what: 'bytes';
      readonly digest: Digest;
      readonly key: Digest;
      readonly as: string;
      readonly healed?: true;
    }
  | {
      readonly kind: 'other';
      readonly what: 'unreadable' | 'stray' | 'mode';
      readonly file: string;
      readonly why: string;
      readonly healed?: true;
    };

/** Zero for a sound store; 1 for corrupt, 2 for missing, 4 for other trouble, added up. What was healed counts too. */
export function exitSum(findings: Iterable<Finding>): number {
  const part = {corrupt: 1, missing: 2, other: 4};
  let sum = 0;
  for (const finding of findings) sum |= part[finding.kind];
  return sum;
}
