import {readdirSync, readFileSync, readlinkSync} from 'node:fs';

export interface FoundProcess {
  readonly pid: number;
  readonly words: string;
}

/**
 * Every living process that has to do with `token`: it is in its words, its environment, its working
 * directory or, for one behind a sandbox, in what is mounted for it. Linux only, as the sandbox is.
 */
export function processesOf(token: string): readonly FoundProcess[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    const words = look(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim());
    // A zombie is dead: only its parent has not asked yet.
    return words !== '' && tracesOf(pid).some((trace) => trace.includes(token)) ? [{pid, words}] : [];
  });
}

function tracesOf(pid: number): readonly string[] {
  return [
    look(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1')),
    look(() => readlinkSync(`/proc/${pid}/cwd`)),
    look(() => readFileSync(`/proc/${pid}/environ`, 'latin1')),
    look(() => readFileSync(`/proc/${pid}/mountinfo`, 'latin1')),
  ];
}

/** A process may end while it is looked at, and some are not ours to look at. */
function look(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
