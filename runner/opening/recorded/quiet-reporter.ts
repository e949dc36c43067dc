import {failureBlock} from '../../report/finish-text.ts';
import {line} from '../../report/lines.ts';
import type {Reporter} from '../../report/reporter.ts';
import {chooseStyle} from '../../report/style.ts';
import type {World} from '../world/world.ts';

/** In a replay the verdicts are what is printed; of the executions only what one would want to know meanwhile. */
export function quietReporter({err, variables}: World, json: boolean): Reporter {
  const style = chooseStyle(variables, err.isTerminal);
  return {
    event(event) {
      if (json) return;
      if (event.event === 'stage-failed') err.write(`${failureBlock(event, style)}\n`);
      if (event.event === 'warning') err.write(line(`${style.yellow('warning')}: ${event.message}`));
      if (event.event === 'environment-building')
        err.write(line(`building environment ${event.environment} (once; log: ${event.log})`));
    },
    close: () => undefined,
  };
}
