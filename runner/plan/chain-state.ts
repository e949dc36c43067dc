import {childOf, entriesOf, type MapEntry} from '../load/yaml-node.ts';
import type {Planner} from './planner.ts';
import {type Resolved, unknown} from './resolved.ts';
import type {ChainInstance, Round} from './scope.ts';

/** What goes from round to round: `start` into the first, `next` of each round into the one after. */
export function chainStateNames(chain: ChainInstance): string[] {
  return [...entriesOf(part(chain, 'start')).keys()];
}

export function chainExportNames(chain: ChainInstance): string[] {
  return [...entriesOf(part(chain, 'next')).keys()];
}

/** `${chain.name}` as the stages of `round` see it. */
export function chainState(planner: Planner, round: Round, name: string): Resolved {
  const before = round.chain.rounds[round.number - 2];
  const entry = entriesOf(part(round.chain, before ? 'next' : 'start')).get(name);
  // A name that `next` lacks is reported once, where the chain is checked.
  if (!entry) return unknown;
  return remembered({planner, round, entry}, `chain.${name}`, () => {
    const found = planner.resolve(entry.value, before?.scope ?? round.chain.scope, reader(round.chain));
    return before && !sameKind(planner, round.chain, name, found) ? unknown : found;
  });
}

/** `${rl.name}` as others see it: `next` of the last round. */
export function chainExport(planner: Planner, chain: ChainInstance, name: string): Resolved {
  const last = chain.rounds.at(-1);
  const entry = entriesOf(part(chain, 'next')).get(name);
  if (!last || !entry) return unknown;
  // From the first round on, so that a long chain that only hands on does not recurse deeply.
  for (const round of chain.rounds)
    if (chainStateNames(chain).includes(name)) chainState(planner, round, name);
  return remembered({planner, round: last, entry}, `next.${name}`, () =>
    planner.resolve(entry.value, last.scope, reader(chain)),
  );
}

/** Whether it may stand where `start` stood; if not, `checkChain` says so, and no one else. */
function sameKind(planner: Planner, chain: ChainInstance, name: string, found: Resolved): boolean {
  const [first] = chain.rounds;
  const started = first ? describe(chainState(planner, first, name)) : '';
  return started === '' || started === describe(found);
}

/** One entry of `start` or `next`, as one round has it. */
interface RoundEntry {
  readonly planner: Planner;
  readonly round: Round;
  readonly entry: MapEntry;
}

function remembered({planner, round, entry}: RoundEntry, key: string, make: () => Resolved): Resolved {
  const known = round.state.get(key);
  if (known === 'resolving') return reportCircle(planner, round, entry);
  if (known) return known;
  round.state.set(key, 'resolving');
  const made = make();
  round.state.set(key, made);
  return made;
}

function reportCircle(planner: Planner, {chain}: Round, entry: MapEntry): Resolved {
  planner.problems.report({
    code: 'cycle',
    message: `chain "${chain.written}" hands on something that comes only from itself`,
    at: entry.value.span,
    help: 'let `start` read a stage or source that does not wait for this chain',
  });
  return unknown;
}

function part(chain: ChainInstance, name: 'start' | 'next') {
  return childOf(chain.entry.value, 'chain', name);
}

function reader(chain: ChainInstance) {
  return {who: `chain "${chain.written}"`};
}

/** `start` and `next` must name the same things, of the same kinds. */
export function checkChain(planner: Planner, chain: ChainInstance): void {
  const next = entriesOf(part(chain, 'next'));
  for (const [name, entry] of entriesOf(part(chain, 'start'))) {
    const handedOn = next.get(name);
    if (handedOn) checkSameKind(planner, chain, name, {start: entry, next: handedOn});
    else reportNotHandedOn(planner, chain, name, entry);
  }
  for (const name of next.keys()) chainExport(planner, chain, name);
}

function reportNotHandedOn(planner: Planner, chain: ChainInstance, name: string, entry: MapEntry): void {
  planner.problems.report({
    code: 'bad-chain',
    message: `chain "${chain.written}" starts with \`${name}\`, but \`next\` does not hand it on`,
    at: entry.key,
    help: `give it: next: {${name}: "\${stage.output}"}, or "\${chain.${name}}" to keep it`,
  });
}

function checkSameKind(
  planner: Planner,
  chain: ChainInstance,
  name: string,
  {start, next}: {readonly start: MapEntry; readonly next: MapEntry},
): void {
  const [first] = chain.rounds;
  if (!first) return;
  const [before, after] = [
    describe(chainState(planner, first, name)),
    describe(chainExport(planner, chain, name)),
  ];
  if (before === after || before === '' || after === '') return;
  planner.problems.report({
    code: 'kind-mismatch',
    message: `chain "${chain.written}" starts \`${name}\` as ${before} but hands on ${after}`,
    at: next.value.span,
    related: [{message: `${before} is given here`, at: start.value.span}],
    help: `hand on ${before}`,
  });
}

function describe(resolved: Resolved): string {
  if (resolved.is === 'artifact') return `an artifact of kind ${resolved.kind}`;
  if (resolved.is === 'many') return 'several artifacts';
  return resolved.is === 'unknown' ? '' : 'a value';
}
