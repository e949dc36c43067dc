import type {Json} from '../../schemas/canonical-json.ts';
import {isDigest, shortDigest} from '../../schemas/digest.ts';
import type {StageForecast} from '../../schemas/forecast.ts';
import {unreachable} from '../../schemas/result.ts';
import type {Style} from './style.ts';

export interface Explanation {
  readonly stage: string;
  readonly expected: StageForecast;
  readonly ranBefore: boolean;
  readonly differences: readonly {
    readonly path: string;
    readonly before: Json | undefined;
    readonly after: Json | undefined;
  }[];
}

export function whyText({stage, expected, ranBefore, differences}: Explanation, style: Style): string {
  const name = style.bold(stage);
  const changes = differences.map(
    ({path, before, after}) => `  ${path}  ${style.red(shown(before))} → ${style.green(shown(after))}\n`,
  );
  switch (expected.will) {
    case 'reuse':
      return changes.length === 0
        ? `${name} is cached: nothing in its key has changed\n`
        : `${name} is cached, under another key than in the last run:\n${changes.join('')}`;
    case 'wait':
      return `${name} waits for ${expected.on.join(', ')}: if they give the same bytes as before, it is reused\n`;
    case 'run':
      if (!ranBefore) return `${name} would run: no run of this project has a result of it\n`;
      if (changes.length > 0)
        return `${name} would run, because its key has changed since the last run:\n${changes.join('')}`;
      return `${name} would run: ${SAME_KEY[expected.why]}\n`;
    default:
      return unreachable(expected);
  }
}

const SAME_KEY = {
  'never-ran': 'its key is the same as in the last run, but this store has no result for it',
  'never-ran-on-this-hardware': 'its key is the same, but its results are from another class of hardware',
  'never-reused': 'it says `reuse: none`',
  'bytes-are-gone': 'its key is the same, but the bytes of its result are gone from the store',
} as const;

function shown(value: Json | undefined): string {
  if (value === undefined) return '(absent)';
  return isDigest(value) ? shortDigest(value) : JSON.stringify(value);
}
