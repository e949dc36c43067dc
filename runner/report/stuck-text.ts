import type {Stuck} from '../../artifacts/files/remove-tree.ts';

/** What could not be removed: the first of it, how much more, and what a person can do. */
export function stuckText(stuck: readonly Stuck[]): string {
  const [first] = stuck;
  const path = JSON.stringify(first?.path ?? '');
  const why = first?.why === 'mount' ? 'something is mounted there' : (first?.why ?? '');
  const more = stuck.length > 1 ? ` (and ${stuck.length - 1} more)` : '';
  return `what a stage left can’t be removed: ${path}: ${why}${more}; nothing waits for it: look at it, and remove it by hand or with \`repro store gc --delete\``;
}
