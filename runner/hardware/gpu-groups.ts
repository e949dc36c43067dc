import type {HardwareFacts} from '../../schemas/hardware.ts';
import type {Gpu, MachineGpus} from './gpus.ts';

/**
 * The groups of `count` GPUs that a stage may be given, one as good as the other: its class must be known before it
 * starts, so all of them have the same facts and the same links. They are the first kind of which there are enough, in
 * the order of the bus, cut into neighbours; where no kind has enough, the first GPUs of the machine as they are.
 */
export function gpuGroups({all, link}: MachineGpus, count: number): readonly (readonly Gpu[])[] {
  if (count === 0 || all.length < count) return [];
  const alike = (gpu: Gpu) => all.filter(({facts}) => JSON.stringify(facts) === JSON.stringify(gpu.facts));
  const kind = all.map(alike).find(({length}) => length >= count) ?? all.slice(0, count);
  const groups = Array.from({length: Math.floor(kind.length / count)}, (_, i) =>
    kind.slice(i * count, (i + 1) * count),
  );
  const [first] = groups;
  if (first === undefined) return [];
  const wanted = linksOf(first, link);
  return groups.filter((group) => linksOf(group, link) === wanted);
}

/** Of the GPUs that a stage is given, by their place among them: one of eight is the same as one alone. */
export function gpuFacts(machine: MachineGpus, count: number): HardwareFacts {
  const [group = []] = gpuGroups(machine, count);
  const facts = group.flatMap((gpu, place) =>
    Object.entries(gpu.facts).map(([name, value]) => [`gpu.${place}.${name}`, value] as const),
  );
  const links = group.length > 1 ? [['gpu.links', linksOf(group, machine.link)] as const] : [];
  return Object.fromEntries([...facts, ...links]);
}

/** `0-1 NV18, 0-2 NV18, 1-2 NV18`: collectives take their way, and so their order of sums, from it. */
function linksOf(group: readonly Gpu[], link: MachineGpus['link']): string {
  const pairs = group.flatMap((a, i) => group.slice(i + 1).map((b, j) => `${i}-${i + 1 + j} ${link(a, b)}`));
  return pairs.join(', ');
}
