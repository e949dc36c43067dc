import {chmodSync, lstatSync, readdirSync} from 'node:fs';

/** Gives every directory below `path` the permissions that its removal needs; follows no link. */
export function makeRemovable(path: string): void {
  if (!lstatSync(path).isDirectory()) return;
  chmodSync(path, 0o700);
  for (const entry of readdirSync(path, {withFileTypes: true})) {
    if (entry.isDirectory()) makeRemovable(`${path}/${entry.name}`);
  }
}
