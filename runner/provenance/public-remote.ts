/**
 * A remote as a record may show it, for a record is made to be published: scheme, host and path, where these are surely
 * no more than that. A remote may hold a password or a token in a dozen spellings, some of which git itself accepts
 * and no parser of URLs does; what is not surely harmless is left out.
 */
export function publicRemote(remote: string | undefined): string | null {
  if (remote === undefined || !/^[\x21-\x7e]{1,500}$/.test(remote)) return null;
  return remote.includes('://') ? fromUrl(remote) : fromScp(remote);
}

/** How git reaches other machines. A `helper::address`, a `file:` and whatever else there is are somebody's own. */
const SCHEME = /^(https?|ssh|git|git\+https?|git\+ssh|ssh\+git|ftps?):\/\/(?=[^/])/i;

function fromUrl(remote: string): string | null {
  const [opening, scheme = ''] = SCHEME.exec(remote) ?? [];
  if (opening === undefined) return null;
  // As the web's own scheme, whose parser is the strict one; a backslash is a slash to it, and not to git.
  const text = `https://${remote.slice(opening.length)}`;
  if (text.includes('\\') || !URL.canParse(text)) return null;
  const {username, host, pathname, search, hash} = new URL(text);
  // Behind a later @ the host may be what comes there, and the path a password.
  if (!isHost(host) || !isPath(pathname) || `${search}${hash}`.includes('@')) return null;
  const isSsh = /ssh/i.test(scheme);
  return `${scheme.toLowerCase()}://${isSsh ? account(username) : ''}${host}${pathname}`;
}

/** `git@host:path`; without a slash before its colon, or it is a path of this machine. */
function fromScp(remote: string): string | null {
  const [, user = '', host = '', path = ''] = /^(?:([^@:/]*)@)?([^@:/]+):([^:].*)$/.exec(remote) ?? [];
  // `C:\somewhere` and a nickname of ~/.ssh/config are nobody else's business either.
  if (!isHost(host) || !host.includes('.') || path.startsWith('/') || !isPath(`/${path}`)) return null;
  return `${account(user)}${host}:${path}`;
}

/** The account that everybody shares is a part of the address; all others are somebody. */
function account(user: string): string {
  return user === 'git' ? 'git@' : '';
}

function isHost(host: string): boolean {
  return /^([a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])(:\d{1,5})?$/i.test(
    host,
  );
}

/** No `@`, `:` or `%`, behind which a password might go on; no folder that is called like its user; no token. */
function isPath(path: string): boolean {
  if (!/^(\/[\w.~+-]+)+\/?$/.test(path) || /^\/(home|Users|root)(\/|$)/.test(path)) return false;
  return !path.split('/').some((part) => TOKEN.test(part));
}

/** As the well-known ones begin, and any long run of letters with digits among them. */
const TOKEN = /^(gh[a-z]_|github_pat_|gl[a-z]+-|hf_|sk-|AKIA|xox|ATB)|(?=[A-Za-z_]*\d)[A-Za-z0-9_]{32,}/;
