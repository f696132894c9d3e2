// Numbers as people read them: thousands apart, a real minus sign, a dash for what is missing.

export const MISSING = "\u2013";

const NARROW_SPACE = "\u202f";

/** With as many decimals as given; 12000 as 12 000, very small and very large ones as 1e-7. */
export function formatNumber(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return MISSING;
  const size = Math.abs(value);
  if (size >= 1e7 || (size > 0 && size < 1e-4)) return withMinus(value, Number(size.toPrecision(3)).toExponential().replace("e+", "e"));
  const [whole = "", fraction] = size.toFixed(decimals).split(".");
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, NARROW_SPACE) : whole;
  return withMinus(value, fraction === undefined ? grouped : `${grouped}.${fraction}`);
}

/** About three significant digits; whole numbers whole. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value) || value === 0) return formatNumber(value, 0);
  const digitsBeforePoint = Math.floor(Math.log10(Math.abs(value))) + 1;
  const decimals = Math.min(6, Math.max(0, 3 - digitsBeforePoint));
  return formatNumber(value, decimalsOf(Number(value.toFixed(decimals))));
}

/** A formatted number with its unit: `40 %`, `0.7 m`, `3`. */
export function withUnit(formatted: string, unit: string): string {
  return unit === "" || formatted === MISSING ? formatted : `${formatted}\u00a0${unit}`;
}

/** 0.934 as 93.4 %. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : MISSING;
}

/** A policy's score: agreement as 93.4 %; an error, which is small, as 0.42 %. */
export function scorePercent(kind: "agreement" | "error", share: number): string {
  return kind === "error" && Number.isFinite(share) ? `${(100 * share).toFixed(2)} %` : percent(share);
}

function decimalsOf(value: number): number {
  return /\.(\d+)$/.exec(String(value))?.[1]?.length ?? 0;
}

function withMinus(value: number, formatted: string): string {
  return value < 0 && /[1-9]/.test(formatted) ? `\u2212${formatted}` : formatted;
}
