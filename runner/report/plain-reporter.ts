import type {RunEvent} from '../../schemas/event.ts';
import {unreachable} from '../../schemas/result.ts';
import {bytesText, durationText, plural} from '../words/quantity-text.ts';
import {failureBlock, nondeterminismBlock, resultText, skipLine, summaryText} from './finish-text.ts';
import {leftOutText} from './left-out-text.ts';
import {oneLine} from './lines.ts';
import type {Reporter, TextSink} from './reporter.ts';
import {sharedText} from './shared-text.ts';
import type {Style} from './style.ts';

/** For pipes, logs and dumb terminals: one line for what happened, nothing redrawn. */
export function plainReporter(sink: TextSink, style: Style): Reporter {
  let width = 0;
  const fetching = new Set<string>();
  const line = (text: string) => sink.write(`${text}\n`);
  return {
    event(event) {
      if (event.event === 'run-started') width = Math.max(...event.stages.map(({stage}) => stage.length), 0);
      if (event.event === 'source-progress' && !fetching.has(event.source)) {
        fetching.add(event.source);
        line(
          oneLine(
            `fetching source ${event.source}${event.total === null ? '' : ` (${bytesText(event.total)})`}`,
          ),
        );
      }
      const text = textFor(event, style, width);
      if (text !== undefined) line(text);
    },
    close: () => undefined,
  };
}

/** Blocks have several lines, and make each of them one; all else is one. */
function textFor(event: RunEvent, style: Style, width: number): string | undefined {
  switch (event.event) {
    case 'stage-failed':
      return failureBlock(event, style);
    case 'nondeterminism':
      return nondeterminismBlock(event, style);
    case 'results-shared':
      return sharedText(event, style);
    case 'run-finished':
      return `\n${summaryText(event, style)}`;
    default: {
      const text = lineFor(event, style, width);
      return text === undefined ? undefined : oneLine(text);
    }
  }
}

type OneLine = Exclude<
  RunEvent,
  {event: 'stage-failed' | 'nondeterminism' | 'results-shared' | 'run-finished'}
>;

function lineFor(event: OneLine, style: Style, width: number): string | undefined {
  switch (event.event) {
    case 'run-started':
      return `${style.bold(event.pipeline)} · profile ${event.profile} · ${plural(event.stages.length, 'stage')} · sandbox ${event.sandbox}`;
    case 'environment-building':
      return `building environment ${event.environment} (once; log: ${event.log})`;
    case 'environment-ready':
      return `environment ${event.environment} ready in ${durationText(event.seconds)}`;
    case 'stage-started':
      return `${event.stage.padEnd(width)}  started${event.attempt > 1 ? ` (attempt ${event.attempt})` : ''}`;
    case 'stage-finished': {
      const how = event.state === 'cached' ? style.cyan('cached  ') : style.green('executed');
      const result = style.dim(resultText(event.values, event.outputs));
      return `${event.stage.padEnd(width)}  ${how}  ${durationText(event.seconds).padStart(8)}  ${result}`;
    }
    case 'stage-left-out':
      return `${event.stage.padEnd(width)}  ${style.yellow(leftOutText(event))}`;
    case 'stage-skipped':
      return event.reason.code === 'not-selected' ? undefined : skipLine(event, style);
    case 'warning':
      return `${style.yellow('warning')}: ${event.message}`;
    case 'interrupted':
      return event.how === 'cleanly'
        ? 'stopping: letting running stages end (Ctrl-C again to stop now)'
        : 'stopping now';
    case 'stage-progress':
    case 'source-progress':
    case 'source-ready':
      return undefined;
    default:
      return unreachable(event);
  }
}
