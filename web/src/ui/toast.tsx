// SPDX-License-Identifier: Apache-2.0
// Short messages at the edge that go by themselves.
import { useEffect, useState } from "preact/hooks";

interface Toast {
  id: number;
  text: string;
  tone: "plain" | "now";
}

let toasts: Toast[] = [];
let last = 0;
const watchers = new Set<() => void>();

function changed(): void {
  for (const watch of [...watchers]) {
    watch();
  }
}

export function toast(text: string, tone: Toast["tone"] = "plain"): void {
  const id = ++last;
  toasts = [...toasts, { id, text, tone }].slice(-4);
  changed();
  setTimeout(
    () => {
      toasts = toasts.filter((t) => t.id !== id);
      changed();
    },
    tone === "now" ? 12_000 : 5000,
  );
}

export function Toasts() {
  const [, redraw] = useState(0);
  useEffect(() => {
    const watch = () => redraw((n) => n + 1);
    watchers.add(watch);
    return () => {
      watchers.delete(watch);
    };
  }, []);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.map((t) => (
        <div key={t.id} class="toast break">
          {t.text}
        </div>
      ))}
    </div>
  );
}
