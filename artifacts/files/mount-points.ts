import {readFileSync} from 'node:fs';

/**
 * What is mounted below a folder. Emptying a mount would empty what somebody put there: another disk, or a folder of
 * the host's that a stage without a sandbox bound into its own. Empty where the system doesn't tell.
 */
export function mountPoints(folder: string): ReadonlySet<string> {
  const prefix = `${folder}/`;
  return new Set(mounts().filter((path) => path.startsWith(prefix)));
}

/** The kernel's own file: it is what it says, and of no size that a stranger chooses. */
function mounts(): readonly string[] {
  try {
    const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    return lines.map((line) => plainPath(line.split(' ')[4] ?? ''));
  } catch {
    return [];
  }
}

/** `\040` for a blank, and the like. */
function plainPath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
