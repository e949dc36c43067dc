import type {PathRule} from './path-rules.ts';

/**
 * Why something was not taken into the store. `path` is relative to what was to be ingested; '' is
 * that itself. A stage's output is hostile input: a link out of it must not publish a stranger's file.
 */
export type IngestFailure =
  | {readonly code: NotRegular | 'absent' | 'not-a-directory' | 'changed' | 'moved'; readonly path: string}
  | {readonly code: 'path'; readonly path: string; readonly rule: PathRule}
  | {readonly code: 'collision'; readonly path: string; readonly other: string}
  | {readonly code: 'unreadable'; readonly path: string; readonly errno: string}
  | {readonly code: 'limit'; readonly path: string; readonly limit: string};

export type NotRegular = 'symlink' | 'fifo' | 'socket' | 'device' | 'directory';

const WORDS: Readonly<Record<string, string>> = {
  EACCES: ' (permission denied)',
  EPERM: ' (not permitted)',
  ENAMETOOLONG: ' (its path is too long)',
};

export function describeIngestFailure(failure: IngestFailure): string {
  const name = failure.path === '' ? 'it' : JSON.stringify(failure.path);
  switch (failure.code) {
    case 'absent':
      return `${name} does not exist`;
    case 'symlink':
      return `${name} is a symbolic link; only regular files and directories are taken`;
    case 'fifo':
    case 'socket':
    case 'device':
      return `${name} is a ${failure.code}; only regular files and directories are taken`;
    case 'directory':
      return `${name} is a directory where one file is expected`;
    case 'not-a-directory':
      return `${name} is not a directory`;
    case 'changed':
      return `${name} changed while it was read`;
    case 'moved':
      return `${name} is reached through a path that changed while it was read`;
    case 'path':
      return `${name} cannot be stored under this name: ${failure.rule}`;
    case 'collision':
      return `${name} and ${JSON.stringify(failure.other)} would be one file on some file systems`;
    case 'unreadable':
      return `${name} cannot be read: ${failure.errno}${WORDS[failure.errno] ?? ''}`;
    case 'limit':
      return `${name} exceeds a limit: ${failure.limit}`;
  }
}
