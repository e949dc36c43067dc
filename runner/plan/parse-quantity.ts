/** "2GiB" and "1h30m". Undefined when the text is neither. */
const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

export function parseBytes(text: string): number | undefined {
  const match = /^([0-9]+(?:\.[0-9]+)?) ?([KMGT]i?B|B)$/.exec(text);
  const bytes = Math.round(Number(match?.[1]) * (BYTES[match?.[2] ?? ''] ?? 0));
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

const SECONDS: Readonly<Record<string, number>> = {d: 86_400, h: 3600, m: 60, s: 1};

export function parseSeconds(text: string): number | undefined {
  if (!/^(?:[0-9]+d)?(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?$/.test(text)) return undefined;
  let seconds = 0;
  for (const [, count, unit = ''] of text.matchAll(/([0-9]+)([dhms])/g))
    seconds += Number(count) * (SECONDS[unit] ?? 0);
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : undefined;
}
