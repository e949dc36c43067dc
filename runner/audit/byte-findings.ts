import type {Digest} from '../../schemas/digest.ts';
import type {ByteFault} from './check-stored-bytes.ts';
import {isNamedLikePickle, type Loading} from './pickles.ts';
import type {Holding} from './promised-bytes.ts';
import type {BytesToRead, Owner} from './reading-list.ts';
import type {CheckName} from './row.ts';

export interface LoadingFile {
  /** `rl.train.model: training_args.bin` */
  readonly name: string;
  readonly how: Loading | 'by its name';
}

/** Of one check: with more, whoever reads them knows enough. */
const MOST_FINDINGS = 1000;

/** Collects what is wrong with bytes, under the check and the name of everybody whom it concerns. */
export class ByteNotes {
  readonly #findings = new Map<CheckName, string[]>();
  readonly #absent = new Map<CheckName, string[]>();
  readonly #present = new Set<CheckName>();
  readonly #unreachable = new Map<CheckName, string[]>();
  readonly #elsewhere = new Set<string>();
  readonly #loading = new Map<string, LoadingFile['how']>();

  wrong({check, name}: Holding, why: string): void {
    append(this.#findings, check, () => `${name}: ${why}`);
  }

  unreachable({check, name}: Holding, why: string): void {
    append(this.#unreachable, check, () => `${name}: ${why}`);
  }

  absent(holding: Holding, what: string): void {
    if (holding.mayBeElsewhere === true) this.#elsewhere.add(holding.name);
    else
      append(
        this.#absent,
        holding.check,
        () => `${holding.name}: ${what} is not there (${holding.artifact.digest})`,
      );
  }

  /** Some bytes of it were there, right or wrong. */
  present(owners: readonly {readonly holding: Holding}[]): void {
    for (const {holding} of owners) this.#present.add(holding.check);
  }

  fault(at: BytesToRead, fault: ByteFault): void {
    for (const owner of at.owners) this.#tell(owner, at, fault);
  }

  loads(at: BytesToRead, digest: Digest, how: Loading): void {
    for (const owner of at.owners) this.#loading.set(nameIn(owner, digest), how);
  }

  namedLikePickles({name}: Holding, entries: readonly {readonly path: string}[]): void {
    for (const {path} of entries)
      if (isNamedLikePickle(path)) this.#loading.set(`${name}: ${path}`, 'by its name');
  }

  report() {
    return {
      absent: this.#absent as ReadonlyMap<CheckName, readonly string[]>,
      present: this.#present as ReadonlySet<CheckName>,
      findings: this.#findings as ReadonlyMap<CheckName, readonly string[]>,
      unreachable: this.#unreachable as ReadonlyMap<CheckName, readonly string[]>,
      elsewhere: this.#elsewhere as ReadonlySet<string>,
      loading: [...this.#loading].map(([name, how]): LoadingFile => ({name, how})),
    };
  }

  #tell(owner: Owner, at: BytesToRead, fault: ByteFault): void {
    const {holding} = owner;
    switch (fault.state) {
      case 'unreachable':
        this.unreachable(holding, fault.why);
        break;
      case 'wrong':
        append(
          this.#findings,
          holding.check,
          () => `${nameIn(owner, fault.digest)}: ${fault.why}${inPack(at)}`,
        );
        break;
      case 'absent':
        this.#tellAbsent(owner, at);
    }
  }

  #tellAbsent({holding, path}: Owner, at: BytesToRead): void {
    const [piece] = at.pieces;
    if (holding.artifact.type !== 'tree' || piece === undefined) {
      this.absent(holding, 'it');
      return;
    }
    const more = at.pieces.length > 1 ? ` and ${at.pieces.length - 1} more files are` : ' is';
    const file = path(piece.digest);
    append(this.#absent, holding.check, () => `${holding.name}: ${file}${more} not there${inPack(at)}`);
  }
}

function append(lists: Map<CheckName, string[]>, check: CheckName, words: () => string): void {
  const list = lists.get(check) ?? [];
  lists.set(check, list);
  if (list.length < MOST_FINDINGS) list.push(words());
}

function nameIn({holding, path}: Owner, digest: Digest): string {
  const file = path(digest);
  return file === undefined ? holding.name : `${holding.name}: ${file}`;
}

function inPack({key, pieces}: BytesToRead): string {
  return pieces.length === 1 ? '' : ` (in pack ${key.slice(-64, -56)})`;
}
