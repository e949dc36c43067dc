import {lstatSync, readdirSync, readlinkSync, type Stats} from 'node:fs';
import {join} from 'node:path';
import {COMPLETE, MANIFEST} from './environment-manifest.ts';

/** Path in the environment → where it leads. */
export type Links = ReadonlyMap<string, string>;

/** Of an environment in which nothing of anybody's was installed: the interpreter under its names. */
export function linksOf(home: string): Links {
  const links = new Map<string, string>();
  eachEntry(home, (path, stat) => {
    if (stat.isSymbolicLink()) links.set(path, readlinkSync(join(home, path)));
    return undefined;
  });
  return links;
}

/**
 * What no package may leave in an environment, and where. Wheels hold files and folders; but what a build tool runs when
 * an interpreter starts could put anything there, and outside of the sandbox we read, write and change modes in it:
 * through a link that would be done to the user's own files.
 */
export function oddityIn(home: string, links: Links): string | undefined {
  if (lstatSync(home, {throwIfNoEntry: false})?.isDirectory() !== true)
    return 'the environment itself is gone';
  for (const [path, isIt] of Object.entries(NEEDED)) {
    const stat = lstatSync(join(home, path), {throwIfNoEntry: false});
    if (stat === undefined || !isIt(stat)) return `${path} was replaced`;
  }
  return eachEntry(home, (path, stat) => {
    if (path === MANIFEST || path === COMPLETE) return `${path} is a name of repro’s own`;
    if (stat.isSymbolicLink() && links.get(path) !== readlinkSync(join(home, path)))
      return `${JSON.stringify(path)} is a symbolic link`;
    if (!stat.isSymbolicLink() && !stat.isFile() && !stat.isDirectory())
      return `${JSON.stringify(path)} is neither a file nor a folder`;
    return undefined;
  });
}

const NEEDED: Readonly<Record<string, (stat: Stats) => boolean>> = {
  'pyvenv.cfg': (stat) => stat.isFile(),
  bin: (stat) => stat.isDirectory(),
  lib: (stat) => stat.isDirectory(),
};

/** Bytes, of a path in it: what is longer could not be opened under every home. */
const LONGEST = 2048;

/** A loop: folders may be nested by the thousand. Ends with the first answer. */
function eachEntry(
  home: string,
  look: (path: string, stat: Stats) => string | undefined,
): string | undefined {
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const bytes of readdirSync(join(home, folder), {encoding: 'buffer'})) {
      const name = bytes.toString();
      const path = folder === '' ? name : `${folder}/${name}`;
      if (!Buffer.from(name).equals(bytes)) return `${JSON.stringify(path)} is not UTF-8`;
      if (Buffer.byteLength(path) > LONGEST)
        return `${path.slice(0, 40)}… is a path of more than ${LONGEST} bytes`;
      const stat = lstatSync(join(home, path));
      const answer = look(path, stat);
      if (answer !== undefined) return answer;
      if (stat.isDirectory()) folders.push(path);
    }
  }
  return undefined;
}
