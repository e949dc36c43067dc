import type {LeftOut} from '../../schemas/event.ts';
import {unreachable} from '../../schemas/result.ts';
import {plural} from '../words/quantity-text.ts';

/** What a stage wrote that is not kept, one of it by name, and what to do if it is needed. */
export function leftOutText({what, output, count, first}: LeftOut): string {
  const name = safe(first);
  switch (what) {
    case 'empty-folders':
      return `not kept of its output ${output}: ${plural(count, 'empty folder')} (${name}); a tree keeps files: put one into a folder that is needed`;
    case 'undeclared-outputs':
      return `not kept: ${count} in outputs/ that it doesn’t declare (${name}); declare an output of that name if it is needed`;
    case 'undeclared-values':
      return `not kept: ${plural(count, 'value')} that it doesn’t declare (${name})`;
    default:
      return unreachable(what);
  }
}

function safe(name: string): string {
  return JSON.stringify(name).replace(/[\p{Cc}\p{Bidi_Control}]/gu, '·');
}
