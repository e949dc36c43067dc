import type {Pack, PackMember} from './packs.ts';

/** A piece of a pack that is fetched in one request, and which of the wanted files are in it. */
export interface PackSpan {
  readonly pack: Pack;
  readonly from: number;
  readonly to: number;
  readonly members: readonly PackMember[];
}

/** Bytes between two wanted files that cost less than another request. */
const GAP = 256 * 1024;

/** The fewest requests that bring these members of a pack without bringing much else. */
export function spansOf(pack: Pack, wanted: readonly PackMember[]): readonly PackSpan[] {
  const spans: {from: number; to: number; members: PackMember[]}[] = [];
  for (const member of [...wanted].sort((a, b) => a.offset - b.offset)) {
    const last = spans.at(-1);
    const to = member.offset + member.size;
    if (last === undefined || member.offset - last.to > GAP) {
      spans.push({from: member.offset, to, members: [member]});
    } else {
      last.members.push(member);
      last.to = to;
    }
  }
  return spans.map((span) => ({pack, ...span}));
}
