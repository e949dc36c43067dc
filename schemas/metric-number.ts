/** JSON has no word for these numbers: metrics write them as these texts, and nothing else. */
export type NotFinite = 'NaN' | 'Infinity' | '-Infinity';

export type MetricNumber = number | NotFinite;

export const NOT_FINITE: ReadonlySet<string> = new Set<NotFinite>(['NaN', 'Infinity', '-Infinity']);
