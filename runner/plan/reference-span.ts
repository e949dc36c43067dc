import type {Span} from '../load/source-file.ts';
import type {SourceNode} from '../load/source-node.ts';

/** Where in the source `${text}` is written, without its braces; the whole value when quoting hides it. */
export function referenceSpan(node: SourceNode, text: string): Span {
  const {file, start, end} = node.span;
  const raw = file.text.slice(start, end);
  const braced = raw.indexOf(`\${${text}`);
  const at = braced === -1 ? raw.indexOf(text) : braced + 2;
  return at === -1 ? node.span : {file, start: start + at, end: start + at + text.length};
}
