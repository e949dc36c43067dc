import type {Finding} from '../../artifacts/upkeep/finding.ts';

/** One thing that is wrong with a store, in a line. */
export function findingText(finding: Finding): string {
  return 'healed' in finding ? `${wordsOf(finding)}; mended` : wordsOf(finding);
}

function wordsOf(finding: Finding): string {
  switch (finding.kind) {
    case 'corrupt':
      if (finding.what === 'object') return objectText(finding);
      if (finding.what === 'manifest') return `the manifest ${finding.digest} is not one: ${finding.why}`;
      return `the receipt ${finding.file} is not one: ${finding.why}`;
    case 'missing':
      return `${finding.digest}, which the receipt ${finding.key} names as ${finding.as}, is not there`;
    case 'other':
      return `${finding.file}: ${finding.why}`;
  }
}

function objectText({file, actual, digest}: Finding & {readonly what: 'object'}): string {
  // A file is named for its digest; a file within a pack is not.
  return file.endsWith(digest.slice('sha256:'.length))
    ? `${file} holds ${actual}`
    : `${file} holds ${actual} where ${digest} should be`;
}

/** `exit 3 = 1 (corrupt) + 2 (missing)` */
export function exitSumText(sum: number): string {
  const parts = [
    ...(sum & 1 ? ['1 (corrupt)'] : []),
    ...(sum & 2 ? ['2 (missing)'] : []),
    ...(sum & 4 ? ['4 (other)'] : []),
  ];
  return `exit ${sum} = ${parts.join(' + ')}`;
}
