// SPDX-License-Identifier: Apache-2.0
// Draws again when something that all screens share has changed.
import { useEffect, useState } from "preact/hooks";

export type Watchers = Set<() => void>;

export function tellAll(watchers: Watchers): void {
  for (const watch of [...watchers]) {
    watch();
  }
}

export function useWatch(watchers: Watchers): void {
  const [, redraw] = useState(0);
  useEffect(() => {
    const watch = () => redraw((n) => n + 1);
    watchers.add(watch);
    watch(); // it may have changed between the drawing and now
    return () => {
      watchers.delete(watch);
    };
  }, []);
}
