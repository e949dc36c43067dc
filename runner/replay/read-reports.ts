import {readSmallText} from '../../artifacts/files/small-file.ts';
import {parseReplayReport} from '../../schemas/replay-report.ts';
import {err, type Result} from '../../schemas/result.ts';
import type {ReplayReport} from '../../schemas/verdict.ts';
import {listRuns, runDirectory} from '../run/run-directory.ts';

export interface ReadReport {
  readonly name: string;
  readonly file: string;
  /** Or what is wrong with the file: it was cut off, or somebody wrote another thing there. */
  readonly report: Result<ReplayReport, string>;
}

/** What the replays of a project found, newest first; one that has not ended, or was killed, has no report. */
export function* readReports(project: string): Generator<ReadReport, void> {
  for (const name of listRuns(project, 'replays').toReversed()) {
    const file = runDirectory(project, name, 'replays').report;
    const text = readSmallText(file);
    if (text !== undefined) yield {name, file, report: parse(text)};
  }
}

function parse(text: string): Result<ReplayReport, string> {
  try {
    const report = parseReplayReport(JSON.parse(text));
    return report.ok ? report : err(`it is no report of a replay: ${report.error}`);
  } catch {
    return err('it is no JSON: cut off, or written by something else');
  }
}
