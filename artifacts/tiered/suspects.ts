import {type Digest, isDigest} from '../../schemas/digest.ts';
import {replaceFile} from '../files/replace-file.ts';
import {readSmallText} from '../files/small-file.ts';

/**
 * What a remote store was found to have damaged. Nobody may delete it there on a reader's word; here it counts as
 * missing, so that it is made anew, and sent again although something is there. A lost file costs one more download.
 */
export class Suspects {
  readonly #file: string;
  readonly #bucket: string;
  #known: Set<string> | undefined;

  constructor(file: string, bucket: string) {
    this.#file = file;
    this.#bucket = bucket;
  }

  has(digest: Digest): boolean {
    return this.#lines().has(this.#line(digest));
  }

  all(): ReadonlySet<Digest> {
    const mine = [...this.#lines()].filter((line) => line.endsWith(` ${this.#bucket}`));
    return new Set(mine.map((line) => line.split(' ')[0]).filter(isDigest));
  }

  add(digest: Digest): void {
    this.#change((lines) => lines.add(this.#line(digest)));
  }

  clear(digests: Iterable<Digest>): void {
    const gone = [...digests].map((digest) => this.#line(digest));
    if (gone.length > 0) this.#change((lines) => gone.every((line) => lines.delete(line) || true));
  }

  #change(edit: (lines: Set<string>) => unknown): void {
    this.#known = read(this.#file);
    edit(this.#known);
    try {
      replaceFile(this.#file, Buffer.from([...this.#known].map((line) => `${line}\n`).join('')));
    } catch {
      // Only this run knows it, then.
    }
  }

  #line(digest: Digest): string {
    return `${digest} ${this.#bucket}`;
  }

  #lines(): Set<string> {
    this.#known ??= read(this.#file);
    return this.#known;
  }
}

function read(file: string): Set<string> {
  const lines = readSmallText(file)?.split('\n') ?? [];
  return new Set(lines.filter((line) => line !== ''));
}
