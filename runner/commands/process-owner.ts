import {readFileSync} from 'node:fs';

/**
 * Who left something on disk, as `<boot>.<pid>.<start>`: a process id alone is used again, and after a
 * reboot all of them are.
 */
export function ownerName(boot: string, pid: number): string {
  return `${boot}.${pid}.${startOf(pid) ?? 'unknown'}`;
}

/** Another boot's owner is dead; one of this boot lives when its pid was started at the same tick. */
export function ownerIsAlive(owner: string, boot: string): boolean {
  const [ownersBoot, pid, start] = owner.split('.');
  return ownersBoot === boot && startOf(Number(pid)) === start;
}

/** Field 22 of /proc/<pid>/stat; the second field holds a name that may contain anything, also brackets. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
