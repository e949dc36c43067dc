import {CST, Lexer, Parser} from 'yaml';
import type {Problem} from './problems.ts';
import type {TextFile} from './text-file.ts';

/** Deeper documents abort the process inside the composer, which recurses, and nothing can catch that. */
const MOST_DEPTH = 64;
const MOST_NODES = 1_000_000;
/** Blank lines and comments are no nodes, but take their time. */
const MOST_LEXEMES = 4_500_000;

/**
 * Text to concrete syntax, in one pass that never recurses and stops at the first thing this
 * language does without. Only what passes here may reach the composer.
 */
export function scanYaml(file: TextFile): readonly CST.Token[] | Problem {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const guard = startGuard();
  for (const lexeme of new Lexer().lex(file.text)) {
    const span = {file, start: parser.offset, end: parser.offset + lexeme.length};
    const objection = guard(lexeme);
    if (objection)
      return {...objection, at: objection.code === 'yaml-syntax' ? {...span, end: span.start + 1} : span};
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (depthOf(parser) > MOST_DEPTH) return {...tooDeep, at: span};
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

/** Collections that are open; around them is the document, and inside perhaps a scalar. */
function depthOf({stack}: Parser): number {
  return stack.length - (CST.isCollection(stack.at(-1)) ? 1 : 2);
}

const tooDeep: Problem = {
  code: 'too-deep',
  message: `more than ${MOST_DEPTH} levels inside one another`,
  help: 'a pipeline needs about ten; look for a bracket that is never closed',
};

/** Looks at one lexeme after the other; remembers only what it must. */
function startGuard(): (lexeme: string) => Problem | undefined {
  let nodes = 0;
  let documents = 0;
  // A plain or block scalar is announced by a lexeme of its own; whatever follows is its text.
  let textNext = false;
  let dollar = false;
  let lexemes = 0;
  let before: CST.TokenType | null | undefined;
  return (lexeme) => {
    const type = textNext ? undefined : CST.tokenType(lexeme);
    const afterDollar = dollar;
    dollar = textNext && lexeme === '$';
    textNext = type === 'scalar';
    if (type !== undefined && type !== null && COUNTED.has(type) && ++nodes > MOST_NODES) return tooMany;
    if (++lexemes > MOST_LEXEMES) return tooMany;
    if (type === 'comma' && before === 'comma') return twoCommas;
    if (type !== 'space' && type !== 'newline' && type !== 'comment') before = type;
    if (type === 'flow-map-start' && afterDollar) return unquoted;
    if (type === 'doc-start' && ++documents > 1) return secondDocument;
    return type === undefined ? objectionToText(lexeme) : objectionTo(type, lexeme);
  };
}

const COUNTED: ReadonlySet<string> = new Set([
  'scalar',
  'single-quoted-scalar',
  'double-quoted-scalar',
  'flow-map-start',
  'flow-seq-start',
  'seq-item-ind',
]);

const tooMany: Problem = {
  code: 'too-many-nodes',
  message: 'more than 1,000,000 values in one file',
  help: 'split it with `include`, or make it shorter with `matrix` and `chain`',
};

const unquoted: Problem = {
  code: 'unquoted-reference',
  message: 'a reference between { } or [ ] must be quoted',
  help: `put it in quotes: "\${…}"`,
};

/** The composer would make an error object of each of a million. */
const twoCommas: Problem = {
  code: 'yaml-syntax',
  message: 'two commas with nothing between them',
  help: 'remove one, or write the value between them',
};

const secondDocument = forbidden('a second document', 'keep one document a file');

function objectionToText(text: string): Problem | undefined {
  if (text !== '<<') return undefined;
  return forbidden('the merge key `<<`', 'write the values out; `profiles` overlay what differs');
}

/** Better told where the quote opens than at the end of the file. */
function unclosedQuote(lexeme: string): Problem | undefined {
  const [quote = ''] = lexeme;
  if (lexeme.length > 1 && lexeme.endsWith(quote)) return undefined;
  return {code: 'yaml-syntax', message: 'this quote is never closed', help: `add the closing ${quote}`};
}

function objectionTo(type: CST.TokenType | null, lexeme: string): Problem | undefined {
  switch (type) {
    case 'single-quoted-scalar':
    case 'double-quoted-scalar':
      return unclosedQuote(lexeme);
    case 'anchor':
      return forbidden(`the anchor \`${lexeme}\``, 'write the value out; a value used twice can be a param');
    case 'alias':
      return forbidden(`the alias \`${lexeme}\``, 'write the value out, or quote it if it is text');
    case 'tag':
      return forbidden(
        `the tag \`${lexeme}\``,
        'remove it: types come from the contract; quote it if it is text',
      );
    case 'directive-line':
      return forbidden(
        `the directive \`${lexeme.trim()}\``,
        'remove the line: this is YAML 1.2 without directives',
      );
    default:
      return undefined;
  }
}

function forbidden(what: string, help: string): Problem {
  return {code: 'yaml-feature', message: `${what} is not allowed here`, help};
}
