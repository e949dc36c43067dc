import type {RunEvent} from '../../schemas/event.ts';
import type {MetricNumber} from '../../schemas/metric-number.ts';
import {bytesText, durationText, shortNumber} from '../words/quantity-text.ts';
import {resultText} from './finish-text.ts';
import type {Style} from './style.ts';

/** What a terminal shows of a run, kept up to date by its events. */
export interface Board {
  title: {readonly pipeline: string; readonly profile: string; readonly sandbox: string} | undefined;
  readonly lines: Map<string, Line>;
  width: number;
  building: {readonly environment: string; readonly since: number} | undefined;
  /** Sources on their way. */
  readonly fetching: Map<string, Fetching>;
  stopping: boolean;
  cached: number;
  saved: number;
  startedAt: number;
  finished: Extract<RunEvent, {event: 'run-finished'}> | undefined;
}

type Line = {
  readonly stage: string;
  readonly live: string | null;
  readonly expected: number | null;
} & LineState;

type LineState =
  | {readonly at: 'waiting'}
  | {readonly at: 'running'; readonly since: number; readonly progress: Progress | undefined}
  | {readonly at: 'cached' | 'executed'; readonly seconds: number; readonly result: string}
  | {readonly at: 'failed'}
  | {readonly at: 'skipped'};

type Progress = Pick<Extract<RunEvent, {event: 'stage-progress'}>, 'step' | 'total' | 'metrics'>;

type Fetching = Pick<Extract<RunEvent, {event: 'source-progress'}>, 'source' | 'bytes' | 'total'>;

export function newBoard(): Board {
  return {
    title: undefined,
    lines: new Map(),
    width: 0,
    building: undefined,
    fetching: new Map(),
    stopping: false,
    cached: 0,
    saved: 0,
    startedAt: 0,
    finished: undefined,
  };
}

export function update(board: Board, event: RunEvent, now: number): void {
  switch (event.event) {
    case 'run-started':
      board.title = event;
      board.startedAt = now;
      for (const planned of event.stages) board.lines.set(planned.stage, {...planned, at: 'waiting'});
      board.width = Math.max(0, ...event.stages.map(({stage}) => stage.length));
      return;
    case 'environment-building':
      board.building = {environment: event.environment, since: now};
      return;
    case 'environment-ready':
      board.building = undefined;
      return;
    case 'stage-started':
      move(board, event.stage, {at: 'running', since: now, progress: undefined});
      return;
    case 'stage-progress':
      progress(board, event);
      return;
    case 'stage-finished': {
      if (event.state === 'cached') {
        board.cached++;
        board.saved += event.seconds;
      }
      const result = resultText(event.values, event.outputs);
      move(board, event.stage, {at: event.state, seconds: event.seconds, result});
      return;
    }
    case 'stage-failed':
      if (event.failure.code === 'environment') board.building = undefined;
      if (event.failure.code === 'source') board.fetching.delete(event.failure.source);
      move(board, event.stage, {at: 'failed'});
      return;
    case 'stage-skipped':
      move(board, event.stage, {at: 'skipped'});
      return;
    case 'interrupted':
      board.stopping = true;
      return;
    case 'run-finished':
      board.finished = event;
      return;
    case 'source-progress':
      board.fetching.set(event.source, event);
      return;
    case 'source-ready':
      board.fetching.delete(event.source);
      return;
    case 'nondeterminism':
    case 'results-shared':
    case 'stage-left-out':
    case 'warning':
      return;
  }
}

function move(board: Board, stage: string, state: LineState): void {
  const line = board.lines.get(stage);
  const {live, expected} = line ?? {live: null, expected: null};
  board.lines.set(stage, {stage, live, expected, ...state});
}

function progress(board: Board, event: Progress & {readonly stage: string}): void {
  const line = board.lines.get(event.stage);
  if (line?.at === 'running') board.lines.set(event.stage, {...line, progress: event});
}

export interface Frame {
  readonly style: Style;
  readonly now: number;
  /** How many lines there is room for. */
  readonly rows: number;
}

/** The title and a line for each stage; where they don't fit, the ones that say least are counted instead. */
export function stageLines(board: Board, {style, now, rows}: Frame): readonly string[] {
  const {title} = board;
  const head =
    title === undefined
      ? []
      : [
          `${style.bold(title.pipeline)} ${style.dim(`· profile ${title.profile} · sandbox ${title.sandbox}`)}`,
          '',
        ];
  const all = [...board.lines.values()].filter(({at}) => at !== 'skipped');
  const space = Math.max(1, rows - head.length - 1);
  if (all.length <= space) return [...head, ...all.map((line) => lineText(line, board.width, style, now))];
  const told = all.filter(({at}) => at === 'running' || at === 'failed').slice(0, space);
  const others = all
    .filter(({at}) => at !== 'running' && at !== 'failed' && at !== 'waiting')
    .slice(-(space - told.length));
  const shown = [...(space > told.length ? others : []), ...told];
  const rest = style.dim(`  … ${all.length - shown.length} more`);
  return [...head, ...shown.map((line) => lineText(line, board.width, style, now)), rest];
}

function lineText(line: Line, width: number, style: Style, now: number): string {
  const name = line.stage.padEnd(width);
  switch (line.at) {
    case 'waiting':
      return style.dim(`  · ${name}`);
    case 'running': {
      const elapsed = durationText((now - line.since) / 1000);
      const expected = line.expected === null ? '' : style.dim(` of ~${durationText(line.expected)}`);
      return `  ${style.yellow('●')} ${name}  ${elapsed.padStart(9)}${expected}  ${progressText(line)}`;
    }
    case 'cached':
      return `  ${style.cyan('○')} ${name}  ${style.dim('   cached')}  ${style.dim(line.result)}`;
    case 'executed':
      return `  ${style.green('✓')} ${name}  ${durationText(line.seconds).padStart(9)}  ${style.dim(line.result)}`;
    case 'failed':
      return `  ${style.red('✗')} ${name}  ${style.red('failed')}`;
    case 'skipped':
      return style.dim(`  - ${name}  skipped`);
  }
}

function progressText(line: Line & {at: 'running'}): string {
  if (line.progress === undefined) return '';
  const {step, total, metrics} = line.progress;
  const steps = total === null ? `step ${step}` : `${step}/${total}`;
  const chosen =
    line.live !== null && metrics[line.live] !== undefined ? [line.live] : Object.keys(metrics).slice(0, 1);
  const rate = metrics.tokens_per_second === undefined ? [] : ['tokens_per_second'];
  const parts = [...new Set([...chosen, ...rate])].map((name) => metricText(name, metrics[name] ?? 'NaN'));
  return [steps, ...parts].join('  ');
}

function metricText(name: string, value: MetricNumber): string {
  // A training that diverges shows it where people look.
  if (typeof value === 'string') return `${name} ${value}`;
  return name === 'tokens_per_second'
    ? `${shortNumber(Math.round(value))} tokens/s`
    : `${name} ${shortNumber(value)}`;
}

/** `fetching base  1.2 GB of 8.0 GB, 15 %` */
export function fetchingText({source, bytes, total}: Fetching): string {
  if (total === null || total === 0) return `fetching ${source}  ${bytesText(bytes)}`;
  const percent = Math.floor((100 * Math.min(bytes, total)) / total);
  return `fetching ${source}  ${bytesText(bytes)} of ${bytesText(total)}, ${percent} %`;
}

export function footer(board: Board, style: Style, now: number): string {
  if (board.building !== undefined) {
    const {environment, since} = board.building;
    return style.dim(`  building environment ${environment}, once … ${durationText((now - since) / 1000)}`);
  }
  const [fetching] = board.fetching.values();
  if (fetching !== undefined) return style.dim(`  ${fetchingText(fetching)}`);
  const states = [...board.lines.values()].map(({at}) => at);
  const done = states.filter((at) => at === 'cached' || at === 'executed').length;
  const parts = [
    `${done} of ${states.filter((at) => at !== 'skipped').length}`,
    ...(board.cached > 0 ? [`${board.cached} cached, saved ${durationText(board.saved)}`] : []),
    durationText((now - board.startedAt) / 1000),
    ...(board.stopping ? ['stopping (Ctrl-C again to stop now)'] : []),
  ];
  return style.dim(`  ${parts.join(' · ')}`);
}
