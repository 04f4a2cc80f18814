// SPDX-License-Identifier: Apache-2.0
// Short messages at the edge that go by themselves.
import { type Watchers, tellAll, useWatch } from "../app/watch.ts";

interface Toast {
  id: number;
  text: string;
  tone: "plain" | "now";
}

let toasts: Toast[] = [];
let last = 0;
const watchers: Watchers = new Set();

function changed(): void {
  tellAll(watchers);
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
  useWatch(watchers);
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
