import type {Json} from '../../schemas/canonical-json.ts';
import {isDigest, shortDigest} from '../../schemas/digest.ts';
import type {StageForecast} from '../../schemas/forecast.ts';
import {unreachable} from '../../schemas/result.ts';
import {joinLines} from './lines.ts';
import {shortJson} from './stranger-text.ts';
import type {Style} from './style.ts';

/** Enough to see in what two long commands differ. */
const MOST_OF_A_VALUE = 500;

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

export function whyText(explanation: Explanation, style: Style): string {
  return joinLines([...whyLines(explanation, style), '']);
}

function whyLines({stage, expected, ranBefore, differences}: Explanation, style: Style): readonly string[] {
  const name = style.bold(stage);
  const changes = differences.map(
    ({path, before, after}) => `  ${path}  ${style.red(shown(before))} → ${style.green(shown(after))}`,
  );
  switch (expected.will) {
    case 'reuse':
      return changes.length === 0
        ? [`${name} is cached: nothing in its key has changed`]
        : [`${name} is cached, under another key than in the last run:`, ...changes];
    case 'wait':
      return [
        `${name} waits for ${expected.on.join(', ')}: if they give the same bytes as before, it is reused`,
      ];
    case 'run':
      if (!ranBefore) return [`${name} would run: no run of this project has a result of it`];
      if (changes.length > 0)
        return [`${name} would run, because its key has changed since the last run:`, ...changes];
      return [`${name} would run: ${SAME_KEY[expected.why]}`];
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
  return isDigest(value) ? shortDigest(value) : shortJson(value, MOST_OF_A_VALUE);
}
