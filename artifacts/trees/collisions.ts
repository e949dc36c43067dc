import {foldCase} from '../path-rules.ts';

/**
 * Finds two paths that can't both exist on every file system: `a` and `a/b`, `A/x` and `a/y`, `ﬁ` and
 * `fi`. Feed it the paths of one tree in any order.
 */
export class Collisions {
  readonly #files = new Map<string, string>();
  readonly #directories = new Map<string, string>();
  #lastDirectory = '';

  /** An earlier path that gets in the way of this one; undefined when none does. */
  add(path: string): string | undefined {
    return this.#addDirectories(path) ?? this.#addFile(path);
  }

  #addFile(path: string): string | undefined {
    const folded = fold(path);
    const other = this.#files.get(folded) ?? this.#directories.get(folded);
    if (other === undefined) this.#files.set(folded, path);
    return other;
  }

  #addDirectories(path: string): string | undefined {
    const end = path.lastIndexOf('/');
    const directory = path.slice(0, Math.max(end, 0));
    // Paths come sorted as a rule: the same directory as last time has been looked at.
    if (directory === this.#lastDirectory) return undefined;
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      const other = this.#addDirectory(path.slice(0, at));
      if (other !== undefined) return other;
    }
    this.#lastDirectory = directory;
    return undefined;
  }

  #addDirectory(directory: string): string | undefined {
    const folded = fold(directory);
    const file = this.#files.get(folded);
    if (file !== undefined) return file;
    const other = this.#directories.get(folded);
    if (other === undefined) this.#directories.set(folded, directory);
    return other === directory ? undefined : other;
  }
}

function fold(path: string): string {
  return ASCII_LOWER.test(path) ? path : foldCase(path);
}

const ASCII_LOWER = /^[!-@[-~]*$/;
