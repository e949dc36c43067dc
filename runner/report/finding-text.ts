import type {Finding} from '../../artifacts/upkeep/verify.ts';

/** One thing that is wrong with a store, in a line. */
export function findingText(finding: Finding): string {
  switch (finding.kind) {
    case 'corrupt':
      if (finding.what === 'object') return `${finding.file} holds ${finding.actual}`;
      if (finding.what === 'manifest') return `the manifest ${finding.digest} is not one: ${finding.why}`;
      return `the receipt ${finding.file} is not one: ${finding.why}`;
    case 'missing':
      return `${finding.digest}, which the receipt ${finding.key} names as ${finding.as}, is not there`;
    case 'other':
      return `${finding.file}: ${finding.why}`;
  }
}
