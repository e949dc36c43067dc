import {chmodSync, mkdirSync} from 'node:fs';

/** A folder as a program finds it, whatever umask the user has: its mode may end up in the bytes of a result. */
export function makePlainFolder(path: string): void {
  mkdirSync(path);
  chmodSync(path, 0o755);
}
