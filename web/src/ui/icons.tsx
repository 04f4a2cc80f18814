// SPDX-License-Identifier: Apache-2.0
// Line icons, drawn here: 24 units, one stroke.

const PATHS = {
  now: "M3 12h4l2.5-7 5 14 2.5-7h4",
  stock: "M4 8l8-4 8 4-8 4zM4 8v8l8 4 8-4V8M12 12v8",
  incidents: "M12 4l9 16H3zM12 10v4M12 17v.5",
  channels: "M4 7h16l-1 5a2 2 0 0 1-2 1.5H7A2 2 0 0 1 5 12zM6 14v6h12v-6M10 20v-4h4v4",
  more: "M4 7h16M4 12h16M4 17h16",
  find: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5",
  pause: "M8 5v14M16 5v14",
  play: "M7 5l12 7-12 7z",
  down: "M12 4v12M6 11l6 6 6-6M5 20h14",
  up: "M12 16V4M6 9l6-6 6 6M5 20h14",
  ok: "M5 12.5l4.5 4.5L19 7",
  cross: "M6 6l12 12M18 6L6 18",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg viewBox="0 0 24 24" width="18" height="18" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** Four strokes and the fifth across: a tally. */
export function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="var(--accent)" />
      <path d="M8 9v14M13 9v14M18 9v14M23 9v14M6 21 26 11" stroke="var(--accent-ink)" stroke-width="2.4" stroke-linecap="round" fill="none" />
    </svg>
  );
}
