import type {Json} from '../../schemas/canonical-json.ts';
import {shortDigest} from '../../schemas/digest.ts';
import type {RunReason, StageForecast} from '../../schemas/forecast.ts';
import type {StageName} from '../../schemas/names.ts';
import type {CommandElement, Plan, PlannedStage} from '../../schemas/plan.ts';
import {durationText, plural} from '../words/quantity-text.ts';
import {joinLines, oneLine} from './lines.ts';
import {printable} from './printable.ts';
import {shortened} from './stranger-text.ts';
import type {Style} from './style.ts';

type Forecasts = ReadonlyMap<StageName, StageForecast>;

/** Each stage: what would happen to it, its command as it would run, and the params that the command reads. */
export function planText(
  plan: Plan,
  forecasts: Forecasts,
  {style, timings}: {readonly style: Style; readonly timings: Readonly<Record<string, number>>},
): string {
  const blocks = plan.stages.flatMap((stage) =>
    stageBlock(stage, forecasts.get(stage.name), timings[stage.name], style),
  );
  const head = `${style.bold(plan.name)} · profile ${plan.profile} · seed ${plan.seed} · ${plural(plan.stages.length, 'stage')}`;
  return joinLines([head, '', ...blocks, foot(plan, forecasts, timings), '']);
}

function stageBlock(
  stage: PlannedStage,
  forecast: StageForecast | undefined,
  expected: number | undefined,
  style: Style,
): readonly string[] {
  const title = `${style.bold(stage.name)}  ${stage.kind}${forecastText(forecast, expected, style)}`;
  const {cpus, memory, gpus} = stage.resources;
  const needs = [
    `${cpus} cpu${cpus === 1 ? '' : 's'}`,
    memory === undefined ? '' : `${memory / 2 ** 30} GiB`,
    gpus > 0 ? `${gpus} gpus` : '',
  ];
  const lines = [
    title,
    style.dim(`    in ${stage.environment}, ${needs.filter((need) => need !== '').join(', ')}`),
  ];
  lines.push(...commandLines(stage.command).map((line) => `    ${line}`));
  const params = paramsText(stage);
  if (params !== '') lines.push(style.dim(`    ${params}`));
  return [...lines, ''];
}

function forecastText(
  forecast: StageForecast | undefined,
  expected: number | undefined,
  style: Style,
): string {
  if (forecast === undefined) return '';
  const about = expected === undefined ? '' : `, about ${durationText(expected)}`;
  switch (forecast.will) {
    case 'reuse':
      return `  ${style.cyan('cached')} ${style.dim(shortDigest(forecast.key))}`;
    case 'run':
      return `  ${style.yellow('runs')} (${RUN_REASONS[forecast.why]}${about}) ${style.dim(shortDigest(forecast.key))}`;
    case 'wait':
      return `  ${style.yellow('runs')} after ${forecast.on.join(', ')}${about}`;
  }
}

/** Commands are shown as they run; this long, they are not for reading. */
const MOST_OF_A_WORD = 4000;

const RUN_REASONS: Readonly<Record<RunReason, string>> = {
  'never-ran': 'no result is recorded for its key',
  'never-ran-on-this-hardware': 'its results are from other hardware',
  'never-reused': 'it says `reuse: none`',
  'bytes-are-gone': 'the bytes of its result are gone from the store',
};

/** As a shell would take it, one word a line where it is long. */
function commandLines(command: readonly CommandElement[]): readonly string[] {
  const words = command.map(wordText);
  const whole = words.join(' ');
  if (whole.length <= 100) return [whole];
  const head = words.findIndex((word) => word.includes('='));
  const first = words.slice(0, head < 0 ? 1 : head).join(' ');
  const rest = words.slice(head < 0 ? 1 : head);
  return [first, ...rest.map((word) => `  ${word}`)].map((line, i, all) =>
    i < all.length - 1 ? `${line} \\` : line,
  );
}

function wordText(element: CommandElement): string {
  return quoted(commandElementText(element));
}

function commandElementText(element: CommandElement): string {
  return element.map((part) => (part.type === 'text' ? part.text : `\${params.${part.param}}`)).join('');
}

/** As bash takes it on one line: `$'…'` where there is a new line or worse in it; `--json` has it as it is. */
function quoted(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./{}$-]+$/.test(word)) return word;
  const plain = `'${word.replaceAll("'", "'\\''")}'`;
  if (oneLine(word) === word && !word.includes('\t')) return shortened(plain, MOST_OF_A_WORD);
  const escaped = word.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\t', '\\t');
  return shortened(`$'${oneLine(escaped)}'`, MOST_OF_A_WORD);
}

function paramsText(stage: PlannedStage): string {
  return [...stage.params]
    .map(([name, binding]) =>
      binding.from === 'literal'
        ? `${name}=${paramJson(binding.value)}`
        : `${name}=\${${binding.stage}.values.${binding.value}}`,
    )
    .join(' ');
}

function paramJson(value: Json): string {
  const text = printable(JSON.stringify(value));
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}

function foot(plan: Plan, forecasts: Forecasts, timings: Readonly<Record<string, number>>): string {
  if (forecasts.size === 0) return 'this can’t be run here as it stands: `repro run` says why';
  const toRun = plan.stages.filter(({name}) => forecasts.get(name)?.will !== 'reuse');
  if (toRun.length === 0) return `all ${plan.stages.length} stages are cached: a run has nothing to do`;
  const known = toRun.every(({name}) => timings[name] !== undefined);
  const seconds = toRun.reduce((sum, {name}) => sum + (timings[name] ?? 0), 0);
  const about = known ? `, about ${durationText(seconds)} of work` : '';
  return `${toRun.length} of ${plan.stages.length} stages would run${about}`;
}

/** For programs: the same, with nothing shortened. */
export function planJson(plan: Plan, forecasts: Forecasts): object {
  return {
    plan: 1,
    name: plan.name,
    profile: plan.profile,
    seed: plan.seed,
    params: plan.params,
    stages: plan.stages.map((stage) => {
      const forecast = forecasts.get(stage.name);
      return {
        name: stage.name,
        kind: stage.kind,
        command: stage.command.map(commandElementText),
        params: Object.fromEntries(stage.params),
        inputs: Object.fromEntries(stage.inputs),
        outputs: Object.fromEntries(stage.outputs),
        resources: stage.resources,
        environment: stage.environment,
        dependsOn: stage.dependsOn,
        will: forecast?.will ?? null,
        key: forecast !== undefined && forecast.will !== 'wait' ? forecast.key : null,
      };
    }),
  };
}
