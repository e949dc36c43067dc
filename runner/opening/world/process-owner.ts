import {readFileSync, readlinkSync} from 'node:fs';

/** Where process ids mean something: a boot of a machine, and in it a namespace of processes. */
export interface ProcessSpace {
  readonly boot: string;
  readonly host: string;
}

/**
 * Who left something on disk, as `<host>-<namespace>-<boot>.<pid>.<start>`: a process id alone is used again,
 * after a reboot all of them are, and two containers have the same ones.
 */
export function ownerName(space: ProcessSpace, pid: number): string {
  return `${machineOf(space)}-${space.boot}.${pid}.${startOf(pid) ?? 'unknown'}`;
}

/**
 * One of this place lives when its pid was started at the same tick in this boot. Of another host or container
 * nothing can be known from here, so what it left is left alone.
 */
export function ownerIsAlive(owner: string, space: ProcessSpace): boolean {
  const [place = '', pid, start] = owner.split('.');
  if (!place.startsWith(`${machineOf(space)}-`)) return true;
  return place === `${machineOf(space)}-${space.boot}` && startOf(Number(pid)) === start;
}

function machineOf({host}: ProcessSpace): string {
  return `${host.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, 16)}-${namespace()}`;
}

function namespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '');
  } catch {
    return '0';
  }
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
