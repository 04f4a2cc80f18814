// SPDX-License-Identifier: Apache-2.0
// Numbers and times as people read them. Pure: the zone and the language are the viewer's.

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const signed = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0, signDisplay: "exceptZero" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayClock = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const yearDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export function count(n: number): string {
  return whole.format(n).replace("-", "−");
}

export function difference(n: number): string {
  return signed.format(n).replace("-", "−");
}

/** "1 order", "3 orders". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** A stretch of time in its largest fitting unit: "850 ms", "1.2 s", "12 s", "3 min", "5 h", "4 days". */
export function stretch(ms: number): string {
  if (ms === 0) {
    return "0 ms";
  }
  if (ms < 1) {
    return `${ms.toFixed(1)} ms`;
  }
  if (ms < 1000) {
    return `${Math.round(ms)} ms`;
  }
  const s = ms / 1000;
  if (s < 10) {
    return `${s.toFixed(1)} s`;
  }
  if (s < 90) {
    return `${Math.round(s)} s`;
  }
  if (s < 90 * 60) {
    return `${Math.round(s / 60)} min`;
  }
  if (s < 36 * 3600) {
    return `${Math.round(s / 3600)} h`;
  }
  return `${Math.round(s / 86400)} days`;
}

/** "just now", "12 s ago", "in 5 min". */
export function age(at: number, now: number): string {
  const ms = now - at;
  if (ms < -1500) {
    return `in ${stretch(-ms)}`;
  }
  if (ms < 1500) {
    return "just now";
  }
  return `${stretch(Math.max(1000, Math.round(ms / 1000) * 1000)).replace(".0 s", " s")} ago`;
}

export function clockTime(at: Date): string {
  return clock.format(at);
}

/** Today as a time of day, at other times with the day, in other years as that alone. */
export function shortTime(at: Date, now: Date): string {
  if (at.getFullYear() !== now.getFullYear()) {
    return yearDay.format(at);
  }
  return at.toDateString() === now.toDateString() ? clock.format(at) : dayClock.format(at);
}

export function longTime(at: Date): string {
  return full.format(at);
}

export function utc(at: Date): string {
  return `${at.toISOString().replace("T", " ").replace("Z", "")} UTC`;
}

/** "expected 12", or "8 to 12" where it is a range. */
export function range(lo: number | null, hi: number | null): string {
  if (lo === null || hi === null) {
    return "not known";
  }
  return lo === hi ? count(lo) : `${count(lo)} to ${count(hi)}`;
}
