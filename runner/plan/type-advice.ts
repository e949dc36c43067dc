import type {Json} from '../../schemas/canonical-json.ts';
import type {ParamType} from '../../schemas/param.ts';
import {writtenText, type YamlNode} from '../load/yaml-node.ts';

/**
 * What to write instead of a value of the wrong type. It is the value that was meant, as it was written, or there is
 * no advice to write anything: 1.20 in quotes is "1.20", and never "1.2".
 */
export function typeAdvice(type: ParamType, wrong: Json, node: YamlNode | undefined): string | undefined {
  switch (type) {
    case 'boolean':
      return typeof wrong === 'string' ? truthAdvice(wrong) : undefined;
    case 'string':
      return typeof wrong === 'number' || typeof wrong === 'boolean' ? quoteAdvice(node) : undefined;
    case 'list':
      return 'write a list: [a, b]';
    case 'integer':
      return typeof wrong === 'number' ? wholeAdvice(wrong) : numberAdvice(wrong, Number.isSafeInteger);
    case 'number':
      return numberAdvice(wrong, Number.isFinite);
    case 'map':
      return undefined;
  }
}

function truthAdvice(wrong: string): string {
  if (/^(yes|on|y|1|true)$/i.test(wrong)) return 'write true, without quotes';
  if (/^(no|off|n|0|false)$/i.test(wrong)) return 'write false, without quotes';
  return 'write true or false, without quotes';
}

function quoteAdvice(node: YamlNode | undefined): string | undefined {
  const written = writtenText(node);
  if (written !== undefined) return `put it in quotes: "${written}"`;
  return node?.type === 'scalar' && typeof node.value === 'string'
    ? `\`${node.value}\` keeps the type of what it reads: write that in quotes, there`
    : undefined;
}

function wholeAdvice(wrong: number): string | undefined {
  const near = Math.round(wrong);
  return Number.isSafeInteger(near) ? `write ${near}, or another whole number` : undefined;
}

/** Only of what is a number to the last digit, whatever the separators. */
function numberAdvice(wrong: Json, fits: (number: number) => boolean): string | undefined {
  if (typeof wrong !== 'string') return undefined;
  const text = wrong.replaceAll('_', '').trim();
  const number = text === '' ? Number.NaN : Number(text);
  const digits = /^[-+]?(\d*)\.?(\d*)(?:e[-+]?\d+)?$/i.exec(text)?.slice(1).join('').replace(/^0+/, '') ?? '';
  if (!fits(number) || digits.length > MOST_DIGITS) return undefined;
  return NUMBER.test(wrong) ? `write ${wrong}, without quotes` : `write ${number}`;
}

/** As YAML reads one. */
const NUMBER = /^[-+]?\d+(\.\d+)?(e[-+]?\d+)?$/i;

/** A double gives back this many digits as they were. */
const MOST_DIGITS = 15;
