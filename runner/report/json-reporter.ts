import type {RunEvent} from '../../schemas/event.ts';
import type {Reporter} from './reporter.ts';

/** One event a line, as `--json` prints them and as events.ndjson keeps them. */
export function jsonReporter(write: (line: string) => void): Reporter {
  return {
    event: (event: RunEvent) => write(`${JSON.stringify(event)}\n`),
    close: () => undefined,
  };
}
