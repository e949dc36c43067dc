import {err, ok, type Result} from '../../../schemas/result.ts';
import {ByteFile} from '../byte-file.ts';
import {readHeader, type SafetensorsHeader, type StoredTensor} from './read-header.ts';

export interface LocatedTensor extends StoredTensor {
  readonly file: ByteFile;
}

export interface TensorFile {
  readonly name: string;
  readonly path: string;
}

/** The tensors of one safetensors file, or of the several that a model was split into. Dispose of it. */
export class TensorSet implements Disposable {
  readonly tensors: ReadonlyMap<string, LocatedTensor>;
  readonly headers: readonly SafetensorsHeader[];
  readonly #files: readonly ByteFile[];

  constructor(files: readonly ByteFile[], headers: readonly SafetensorsHeader[]) {
    this.#files = files;
    this.headers = headers;
    this.tensors = new Map(
      headers.flatMap(({tensors}, index) => {
        const file = files[index];
        return file === undefined ? [] : tensors.map((tensor) => [tensor.name, {...tensor, file}] as const);
      }),
    );
  }

  [Symbol.dispose](): void {
    for (const file of this.#files) file[Symbol.dispose]();
  }
}

/** Opens them all, or says which is none. A tensor that two files hold has no meaning. */
export function openTensors(files: readonly TensorFile[]): Result<TensorSet, string> {
  const opened: ByteFile[] = [];
  const headers: SafetensorsHeader[] = [];
  const broken = readAll(files, opened, headers);
  if (broken === undefined) return ok(new TensorSet(opened, headers));
  for (const file of opened) file[Symbol.dispose]();
  return err(broken);
}

function readAll(
  files: readonly TensorFile[],
  opened: ByteFile[],
  headers: SafetensorsHeader[],
): string | undefined {
  const names = new Set<string>();
  for (const {name, path} of files) {
    const file = new ByteFile(path);
    opened.push(file);
    const header = readHeader(file);
    if (!header.ok) return `${name}: ${header.error}`;
    const twice = header.value.tensors.find((tensor) => names.has(tensor.name));
    if (twice !== undefined) return `${name}: tensor ${JSON.stringify(twice.name)} is in another file too`;
    for (const tensor of header.value.tensors) names.add(tensor.name);
    headers.push(header.value);
  }
  return undefined;
}
