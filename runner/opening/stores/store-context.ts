import {machineResources} from '../../../schemas/plan.ts';
import {line} from '../../report/lines.ts';
import type {GatheredFacts} from '../../run/gather-facts.ts';
import type {StoreContext} from '../../stores/open-stores.ts';
import type {World} from '../world/world.ts';

/** What opening a store needs of the world; with the facts of a pipeline, also which hardware classes it asks for. */
export function storeContext({owner, err}: World, facts?: GatheredFacts): StoreContext {
  return {
    owner,
    warn: (message) => err.write(line(`warning: ${message}`)),
    ...(facts !== undefined && {classes: classesOf(facts)}),
  };
}

function classesOf(facts: GatheredFacts) {
  const cpu = machineResources(0);
  const kinds = [cpu, {...cpu, gpus: 1}].flatMap((each) => [each, {...each, portable: true}]);
  return [...new Set(kinds.map((each) => facts.hardware(each).digest))];
}
