// SPDX-License-Identifier: Apache-2.0
// A long list of which only what is seen is drawn: rows of one height, scrolled with the window, so
// that a phone scrolls it as any page. 100,000 rows cost as much as thirty.
import { type ComponentChildren, options } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** Drawn above and below what is seen: as far as a hard flick goes before the next frame. */
const BEYOND = 16;

/** Browsers draw nothing taller than some 16 million pixels: what is longer is scrolled in proportion. */
const TALLEST = 8_000_000;

/** Draws at once, within the frame that is scrolled in: a moment later the rows would be missing. */
function atOnce(change: () => void): void {
  const before = options.debounceRendering;
  options.debounceRendering = (draw) => draw();
  try {
    change();
  } finally {
    options.debounceRendering = before;
  }
}

interface VirtualProps<T> {
  rows: readonly T[];
  height: number;
  label: string;
  /** Which rows are drawn now, so that they can be read. */
  onView?: (first: number, last: number) => void;
  children: (row: T, index: number) => ComponentChildren;
}

export function VirtualRows<T>({ rows, height, label, onView, children }: VirtualProps<T>) {
  const ref = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, seen: 30 });
  const whole = rows.length * height;
  const tall = Math.min(whole, TALLEST);
  const look = () => {
    const box = ref.current?.getBoundingClientRect();
    if (box) {
      const into = Math.max(0, -box.top);
      const room = Math.max(1, tall - window.innerHeight);
      const share = tall < whole ? Math.min(1, into / room) * (whole - window.innerHeight) : into;
      setView({ top: Math.max(0, Math.floor(share / height)), seen: Math.ceil(window.innerHeight / height) });
    }
  };
  useLayoutEffect(look, [rows, height]);
  useEffect(() => {
    // Browsers tell of scrolling once a frame, before they draw it.
    const onScroll = () => atOnce(look);
    window.addEventListener("scroll", onScroll, { passive: true });
    window.addEventListener("resize", onScroll);
    return () => {
      window.removeEventListener("scroll", onScroll);
      window.removeEventListener("resize", onScroll);
    };
  }, [rows, height]);
  const first = Math.max(0, Math.min(view.top - BEYOND, rows.length - view.seen - BEYOND));
  const last = Math.min(rows.length, first + view.seen + 2 * BEYOND);
  useEffect(() => onView?.(first, last), [rows, first, last]);
  const offset = tall < whole ? Math.min((first / Math.max(1, rows.length)) * tall, tall - (last - first) * height) : first * height;
  return (
    <div ref={ref} class="virtual" role="rowgroup" aria-label={label} style={{ height: `${tall}px` }}>
      <div style={{ transform: `translateY(${Math.max(0, offset)}px)` }}>{rows.slice(first, last).map((row, i) => children(row, first + i))}</div>
    </div>
  );
}
