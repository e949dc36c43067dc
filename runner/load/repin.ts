import {err, ok, type Result} from '../../schemas/result.ts';
import type {WrittenPins} from './find-pins.ts';
import {editPins, encodeText, type PinEdit, sha256Of} from './pin-edit.ts';
import type {TextFile, TextSpan} from './text-file.ts';

export interface ChangedFile {
  readonly path: string;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** How many of its pins. */
  readonly pins: number;
}

/**
 * What a pipeline's files must become so that its sources are pinned: first the files that it includes, then the
 * pipeline, which pins those in turn. Writes nothing. `texts`: the bytes that `pins` were found in.
 */
export function repin(
  file: string,
  pins: WrittenPins,
  found: ReadonlyMap<string, string>,
  texts: ReadonlyMap<string, Uint8Array>,
): Result<readonly ChangedFile[], TextSpan> {
  const edits = new Map<TextFile['path'], PinEdit[]>();
  for (const [name, sha256] of found) {
    const at = pins.sources.get(name);
    if (at !== undefined) edits.set(at.file.path, [...(edits.get(at.file.path) ?? []), {at, sha256}]);
  }
  const changed: ChangedFile[] = [];
  for (const [path, ofIncluded] of edits) {
    if (path === file) continue;
    const included = change(ofIncluded, texts);
    if (!included.ok) return included;
    changed.push(included.value);
    const at = pins.includes.get(path);
    if (at === undefined) throw new Error(`${path} is pinned nowhere`);
    edits.set(file, [...(edits.get(file) ?? []), {at, sha256: sha256Of(included.value.after)}]);
  }
  const main = change(edits.get(file) ?? [], texts);
  return main.ok ? ok([...changed, main.value]) : main;
}

function change(
  edits: readonly PinEdit[],
  texts: ReadonlyMap<string, Uint8Array>,
): Result<ChangedFile, TextSpan> {
  const [first] = edits;
  if (first === undefined) throw new Error('nothing to change');
  const {file} = first.at;
  const text = editPins(file, edits);
  if (!text.ok) return err(text.error);
  const before = texts.get(file.path);
  if (before === undefined) throw new Error(`${file.path} was not read`);
  return ok({path: file.path, before, after: encodeText(text.value, before), pins: edits.length});
}
