// SPDX-License-Identifier: Apache-2.0
// The first steps as one line above Now, until they are done or somebody does not want to be reminded.
import { useEffect, useState } from "preact/hooks";
import { usePlace } from "../app/router.ts";
import { Button } from "../ui/parts.tsx";
import { dismissStart, isStartDismissed } from "./start_kept.ts";
import { useStart } from "./use_start.ts";

export function StartNote() {
  const { path } = usePlace();
  const [isGone, setGone] = useState(false);
  // Looked up each time: it may have been dismissed on the screen of the steps.
  const isShown = path === "/" && !isGone && !isStartDismissed();
  const steps = useStart(isShown);
  const next = steps?.find((s) => s.state === "next");
  const isDone = steps !== null && !next;
  useEffect(() => {
    if (isDone) {
      dismissStart(); // nobody is led twice
      setGone(true);
    }
  }, [isDone]);
  if (!isShown || !steps || !next) {
    return null;
  }
  const dismiss = () => {
    dismissStart();
    setGone(true);
  };
  return (
    <aside class="note row start-note" aria-label="First steps">
      <span class="beside">
        <b>
          {steps.filter((s) => s.state === "done").length} of {steps.length} first steps are done.
        </b>{" "}
        Next: {next.title.charAt(0).toLowerCase() + next.title.slice(1)}.
      </span>
      <a class="button small" href="/start">
        First steps
      </a>
      <Button small kind="bare" onClick={dismiss}>
        Do not remind me
      </Button>
    </aside>
  );
}
