import {failureBlock} from '../report/finish-text.ts';
import type {Reporter} from '../report/reporter.ts';
import {chooseStyle} from '../report/style.ts';
import type {World} from './world.ts';

/** In a replay the verdicts are what is printed; of the executions only what one would want to know meanwhile. */
export function quietReporter({err, variables}: World, json: boolean): Reporter {
  const style = chooseStyle(variables, err.isTerminal);
  return {
    event(event) {
      if (json) return;
      if (event.event === 'stage-failed') err.write(`${failureBlock(event, style)}\n`);
      if (event.event === 'warning') err.write(`${style.yellow('warning')}: ${event.message}\n`);
      if (event.event === 'environment-building')
        err.write(`building environment ${event.environment} (once; log: ${event.log})\n`);
    },
    close: () => undefined,
  };
}
