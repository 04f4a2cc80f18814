// SPDX-License-Identifier: Apache-2.0
// Keys: `/` search, `?` what there is, `g` and a letter to go. Never while one types.
import { useEffect, useState } from "preact/hooks";
import { Dialog } from "../ui/dialog.tsx";
import { navigate } from "./router.ts";
import { routes } from "./routes.ts";

const WAIT_MS = 1500;

function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return !!element?.closest?.("input:not([type=checkbox],[type=radio],[type=range]), textarea, select, [contenteditable], dialog");
}

export function Keys({ onSearch }: { onSearch: () => void }) {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    let gone = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) {
        return;
      }
      if (event.key === "/") {
        event.preventDefault();
        onSearch();
      } else if (event.key === "?") {
        setOpen(true);
      } else if (event.key === "g") {
        gone = Date.now();
      } else if (Date.now() - gone < WAIT_MS) {
        gone = 0;
        const route = routes.find((r) => r.nav?.key === event.key);
        if (route) {
          event.preventDefault();
          navigate(route.path);
        }
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [onSearch]);
  if (!open) {
    return null;
  }
  return (
    <Dialog title="Keys" onClose={() => setOpen(false)}>
      <dl class="keys">
        <dt>
          <kbd>/</kbd>
        </dt>
        <dd>search</dd>
        <dt>
          <kbd>?</kbd>
        </dt>
        <dd>this list</dd>
        <dt>
          <kbd>Esc</kbd>
        </dt>
        <dd>close</dd>
        {routes
          .filter((r) => r.nav)
          .map((r) => (
            <>
              <dt>
                <kbd>g</kbd> <kbd>{r.nav!.key}</kbd>
              </dt>
              <dd>{r.nav!.label}</dd>
            </>
          ))}
      </dl>
    </Dialog>
  );
}
