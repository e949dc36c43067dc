import type {RunEvent} from '../../schemas/event.ts';
import {failureBlock, nondeterminismBlock, summaryText} from './finish-text.ts';
import {leftOutText} from './left-out-text.ts';
import {oneLine} from './lines.ts';
import type {Reporter, TextSink} from './reporter.ts';
import {cursor, SEAL} from './seal.ts';
import {sharedText} from './shared-text.ts';
import {beginningOf, columnsOf} from './source-line.ts';
import {type Board, footer, newBoard, stageLines, update} from './stage-board.ts';
import type {Style} from './style.ts';

/** Fast enough to look alive, slow enough not to be work. */
const FRAME_MS = 100;

/**
 * For a terminal: a block with one line for each stage, redrawn in place. What must not be lost (failures,
 * warnings, the summary) is printed above it and scrolls like any text.
 */
export function terminalReporter(sink: TextSink, style: Style, now: () => number): Reporter {
  const board = newBoard();
  const screen = redrawable(sink);
  const draw = () => screen.draw(block(board, sink, style, now()));
  const timer = setInterval(draw, FRAME_MS);
  sink.write(cursor.hide);
  return {
    event(event) {
      update(board, event, now());
      const text = permanentText(event, style);
      if (text !== undefined) screen.printAbove(`${text}\n`);
      if (text !== undefined || event.event === 'run-started') draw();
    },
    close() {
      clearInterval(timer);
      draw();
      const {finished} = board;
      sink.write(finished === undefined ? '' : `\n${summaryText(finished, style)}\n`);
      sink.write(cursor.show);
    },
  };
}

function permanentText(event: RunEvent, style: Style): string | undefined {
  switch (event.event) {
    case 'stage-failed':
      return failureBlock(event, style);
    case 'nondeterminism':
      return nondeterminismBlock(event, style);
    case 'results-shared':
      return sharedText(event, style);
    case 'stage-left-out':
      return `${style.yellow('warning')}: ${event.stage}: ${leftOutText(event)}`;
    case 'warning':
      return oneLine(`${style.yellow('warning')}: ${event.message}`);
    default:
      return undefined;
  }
}

function block(board: Board, sink: TextSink, style: Style, now: number): readonly string[] {
  const {columns, rows} = sink.size();
  const lines = stageLines(board, {style, now, rows: Math.max(3, rows - 4)});
  const all = [...lines, footer(board, style, now)].map((line) => cut(oneLine(line), columns));
  // What has scrolled out at the top can't be drawn over any more; the cursor stands in a row below.
  return all.slice(Math.max(0, all.length - Math.max(0, rows - 1)));
}

/** Kept when splitting, since it is a group. */
const SEQUENCE = new RegExp(`(${SEAL}\\[[0-9;]*m)`);

/** Cuts a line to the terminal's width, one column left free; our own sequences take no place. */
export function cut(line: string, columns: number): string {
  let space = Math.max(0, columns - 1);
  let out = '';
  for (const part of line.split(SEQUENCE)) {
    if (part.startsWith(SEAL)) {
      out += part;
      continue;
    }
    const shown = beginningOf(part, space);
    out += shown;
    space -= columnsOf(shown);
    if (shown !== part) space = 0;
  }
  return out;
}

function redrawable(sink: TextSink) {
  let drawn = 0;
  const erase = () => {
    if (drawn > 0) sink.write(cursor.up(drawn) + cursor.clearBelow);
    drawn = 0;
  };
  return {
    draw(lines: readonly string[]): void {
      const up = drawn > 0 ? cursor.up(drawn) : '';
      const rows = lines.map((line) => `${line}${cursor.clearLine}\n`);
      sink.write(up + rows.join('') + cursor.clearBelow);
      drawn = lines.length;
    },
    printAbove(text: string): void {
      erase();
      sink.write(text);
    },
  };
}
