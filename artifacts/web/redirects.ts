import type {HttpAnswer} from './exchange.ts';

/** Why a redirect is not followed; `from` is who sent us, and for `too-many` where it began. */
export type BadRedirect =
  | {readonly why: 'nowhere'; readonly from: URL; readonly answer: HttpAnswer}
  | {readonly why: 'user-name' | 'out-of-https'; readonly from: URL; readonly to: URL}
  | {readonly why: 'too-many'; readonly from: URL};

export interface Asking {
  /** One request; judges the URL first, where not everybody may be asked. */
  ask(url: URL): Promise<HttpAnswer>;
  /** In the words of who asks. */
  refusal(redirect: BadRedirect): Error;
}

export const MOST_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Asks, and asks where it is sent: five times at most, never from https to anything else, nowhere with a user name. */
export async function follow(
  first: URL,
  {ask, refusal}: Asking,
): Promise<{readonly answer: HttpAnswer; readonly url: URL}> {
  let url = first;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const answer = await ask(url);
    if (!REDIRECTS.has(answer.status)) return {answer, url};
    answer.discard();
    const next = targetOf(url, answer);
    if (!(next instanceof URL)) throw refusal(next);
    url = next;
  }
  throw refusal({why: 'too-many', from: first});
}

function targetOf(from: URL, answer: HttpAnswer): URL | BadRedirect {
  const {location} = answer.headers;
  if (location === undefined || !URL.canParse(location, from.href)) return {why: 'nowhere', from, answer};
  const to = new URL(location, from);
  if (to.username !== '' || to.password !== '') return {why: 'user-name', from, to};
  const isAsSafe = to.protocol === 'https:' || (to.protocol === 'http:' && from.protocol === 'http:');
  return isAsSafe ? to : {why: 'out-of-https', from, to};
}
