/** `0.4 s`, `12.4 s`, `3 m 05 s`, `2 h 07 m` */
export function durationText(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} m`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** Four significant digits, and no exponent where none is needed. */
export function shortNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

/** `812 B`, `1.2 MB`: decimal, as disks and networks are sold. */
export function bytesText(bytes: number): string {
  const {value, unit} = scaled(bytes, 1000, ['B', 'kB', 'MB', 'GB', 'TB']);
  return unit === 'B' ? `${bytes} B` : `${value.toFixed(1)} ${unit}`;
}

/** `512 MiB`, as `resources.memory` is written; exact. */
export function memoryText(bytes: number): string {
  const {value, unit} = scaled(bytes, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']);
  return `${Number(value.toFixed(2))} ${unit}`;
}

/** In the largest unit of which there is a whole one. */
function scaled(bytes: number, step: number, units: readonly string[]) {
  let value = bytes;
  let at = 0;
  while (value >= step && at < units.length - 1) {
    value /= step;
    at++;
  }
  return {value, unit: units[at]};
}

/** `1 file`, `2 files` */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
