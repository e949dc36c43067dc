import {dirname, resolve} from 'node:path';
import type {FileReader} from './file-reader.ts';
import {loadDocument} from './load-document.ts';
import {collectProblems} from './problems.ts';
import type {TextSpan} from './text-file.ts';
import {childOf, type YamlNode} from './yaml-node.ts';

export interface WrittenPins {
  /** Where each source's `sha256:` is written: in the pipeline, in a profile of it, in a file that it includes. */
  readonly sources: ReadonlyMap<string, TextSpan>;
  /** By the path of an included file: where the pipeline pins it. */
  readonly includes: ReadonlyMap<string, TextSpan>;
}

/** Of a pipeline that can be planned: what is wrong with it has been told already. */
export function findPins(file: string, profile: string | undefined, files: FileReader): WrittenPins {
  const document = loadDocument({file, profile, overrides: [], files}, collectProblems(file));
  const sources = new Map<string, TextSpan>();
  for (const [name, {node}] of document?.sources.entries ?? []) {
    const pin = childOf(node, 'sha256');
    if (pin !== undefined) sources.set(name, pin.span);
  }
  return {sources, includes: includesOf(document && childOf(document.root, 'include'))};
}

function includesOf(list: YamlNode | undefined): ReadonlyMap<string, TextSpan> {
  const includes = new Map<string, TextSpan>();
  for (const item of list?.type === 'list' ? list.items : []) {
    const [file, pin] = [childOf(item, 'file'), childOf(item, 'sha256')];
    if (file?.type !== 'scalar' || typeof file.value !== 'string' || pin === undefined) continue;
    includes.set(resolve(dirname(item.span.file.path), file.value), pin.span);
  }
  return includes;
}
