import type {YamlNode} from '../load/yaml-node.ts';

/**
 * The grammar of `${…}`: names joined by dots, a matrix stage's labels in brackets.
 *
 *   ${sft.model}   ${rl.2.train.rollouts}   ${evaluate[aime24,rl].report}   $${not a reference}
 */
export type TemplatePart = {readonly type: 'text'; readonly text: string} | TemplateReference;

export interface TemplateReference {
  readonly type: 'reference';
  /** As written, between the braces. */
  readonly text: string;
  readonly segments: readonly ReferencePart[];
}

/** A reference, and the text that it was found in. */
export interface WrittenReference {
  readonly reference: TemplateReference;
  readonly node: YamlNode;
}

export interface ReferencePart {
  readonly name: string;
  /** `*` stands for all. */
  readonly labels: readonly string[] | undefined;
}

export interface BadTemplate {
  readonly type: 'bad';
  readonly text: string;
  readonly why: string;
}

export function parseTemplate(text: string): readonly TemplatePart[] | BadTemplate {
  if (!text.includes('${')) return [{type: 'text', text}];
  const parts: TemplatePart[] = [];
  let at = 0;
  for (let open = text.indexOf('${'); open !== -1; open = text.indexOf('${', at)) {
    const escaped = open > 0 && text[open - 1] === '$' && open > at;
    if (escaped) pushText(parts, `${text.slice(at, open - 1)}\${`);
    else pushText(parts, text.slice(at, open));
    at = open + 2;
    if (escaped) continue;
    const close = text.indexOf('}', at);
    if (close === -1) return {type: 'bad', text: text.slice(open), why: 'is never closed with `}`'};
    const reference = parseReference(text.slice(at, close));
    if (reference.type === 'bad') return reference;
    parts.push(reference);
    at = close + 1;
  }
  pushText(parts, text.slice(at));
  return parts;
}

function pushText(parts: TemplatePart[], text: string): void {
  const last = parts.at(-1);
  if (text === '') return;
  if (last?.type === 'text') parts[parts.length - 1] = {type: 'text', text: last.text + text};
  else parts.push({type: 'text', text});
}

const SEGMENT = /([A-Za-z0-9_*-]+)(?:\[([^\][]*)\])?(\.|$)/y;

function parseReference(text: string): TemplateReference | BadTemplate {
  const segments: ReferencePart[] = [];
  const pattern = new RegExp(SEGMENT);
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (!match) return {type: 'bad', text, why: 'is not names joined by dots'};
    const [, name = '', labels] = match;
    segments.push({name, labels: labels?.split(',').map((label) => label.trim())});
  }
  if (segments.length === 0 || text.endsWith('.'))
    return {type: 'bad', text, why: 'is not names joined by dots'};
  return {type: 'reference', text, segments};
}
