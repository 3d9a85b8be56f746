// Values in the unit that suits their column, in a few digits.

const digits = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export const count = (value) => whole.format(value);

export function number(value) {
  if (!Number.isFinite(value)) return "-";
  const size = Math.abs(value);
  return size !== 0 && (size >= 1e7 || size < 1e-4) ? value.toPrecision(3).replace(/\.?0+e/, "e").replace("e+", "e") : digits.format(value);
}

export function value(column, given) {
  if (given === null || given === undefined) return "no value";
  if (typeof given !== "number" || !column) return String(given);
  return number(given / column.factor);
}

// Alone a value has the largest unit in which it is at least one.
export function said(column, given) {
  if (typeof given !== "number" || !column) return value(column, given);
  const size = Math.abs(given) * 1.0005;
  const [factor, unit] = column.units?.find(([factor]) => size >= factor) ?? column.units?.at(-1) ?? [1, ""];
  return unit ? `${number(given / factor)} ${unit}` : number(given / factor);
}

export const title = (column) => (column.unit ? `${column.words} (${column.unit})` : column.words);
export const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

// A logarithmic axis has its powers of ten written, and little else.
export function ticks(low, high, log, factor, most) {
  if (!log) return undefined;
  for (const steps of [[1, 2, 5], [1, 3], [1]]) {
    const found = [];
    for (let power = Math.floor(Math.log10(low / factor)); power <= Math.ceil(Math.log10(high / factor)); power += 1) {
      for (const step of steps) {
        const at = Number(`${step}e${power}`) * factor;
        if (at >= low * (1 - 1e-9) && at <= high * (1 + 1e-9)) found.push(at);
      }
    }
    if (found.length <= most) return found.length ? found : [low, high];
    if (steps.length === 1) return found.filter((_, place) => place % Math.ceil(found.length / most) === 0);
  }
  return undefined;
}

// A range, whose unit is said once if both ends have the same.
export function between(column, low, high) {
  const [first, last] = [said(column, low), said(column, high)];
  const [number, ...unit] = first.split(" ");
  return unit.length && last.endsWith(` ${unit.join(" ")}`) ? `${number} to ${last}` : `${first} to ${last}`;
}
