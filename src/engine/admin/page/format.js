// Numbers, sizes and times as people read them.

export const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
export const NONE = "–";

/** Three digits that count, at most; large numbers are shortened. */
export function short(number) {
  for (const [size, unit] of [[1e9, "G"], [1e6, "M"], [1e4, "k"]]) {
    if (number >= size) return `${digits(number / (unit === "k" ? 1e3 : size))} ${unit}`;
  }
  return digits(number);
}

function digits(number) {
  if (number === 0) return "0";
  if (number >= 100) return whole.format(number);
  if (number >= 10) return number.toFixed(1);
  return number.toFixed(number >= 0.1 ? 2 : 3);
}

export function bytes(number) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (number >= 1000 && unit < units.length - 1) {
    number /= 1024;
    ++unit;
  }
  return [unit === 0 ? whole.format(number) : digits(number), units[unit]];
}

/** How long something took or takes. */
export function span(seconds) {
  if (seconds < 1e-3) return `${digits(seconds * 1e6)} µs`;
  if (seconds < 1) return `${digits(seconds * 1e3)} ms`;
  if (seconds < 60) return `${digits(seconds)} s`;
  return clock(seconds);
}

/** The same in whole units, for what counts up or down. */
export function clock(seconds) {
  seconds = Math.max(0, Math.round(seconds));
  const [days, hours, minutes] = [86400, 3600, 60].map((unit) => {
    const count = Math.floor(seconds / unit);
    seconds -= count * unit;
    return count;
  });
  const two = (number) => String(number).padStart(2, "0");
  if (days > 0) return `${days} d ${two(hours)} h`;
  if (hours > 0) return `${hours} h ${two(minutes)} min`;
  if (minutes > 0) return `${minutes} min ${two(seconds)} s`;
  return `${seconds} s`;
}

export const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
