// SPDX-License-Identifier: Apache-2.0
// One clock for all ages on the page, so that they tick together.
import { useEffect, useState } from "preact/hooks";
import { serverNow } from "../api/client.ts";

const watchers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  if (!document.hidden) {
    for (const watch of [...watchers]) {
      watch();
    }
  }
}

export function useNow(): number {
  const [, redraw] = useState(0);
  useEffect(() => {
    const watch = () => redraw((n) => n + 1);
    watchers.add(watch);
    timer ??= setInterval(tick, 1000);
    return () => {
      watchers.delete(watch);
      if (watchers.size === 0) {
        clearInterval(timer);
        timer = undefined;
      }
    };
  }, []);
  return serverNow();
}
