import type {TextSpan} from '../load/text-file.ts';
import type {YamlNode} from '../load/yaml-node.ts';

/** Where in the source `${text}` is written, without its braces; the whole value when quoting hides it. */
export function referenceSpan(node: YamlNode, text: string): TextSpan {
  const {file, start, end} = node.span;
  const raw = file.text.slice(start, end);
  const braced = raw.indexOf(`\${${text}`);
  const at = braced === -1 ? raw.indexOf(text) : braced + 2;
  return at === -1 ? node.span : {file, start: start + at, end: start + at + text.length};
}
