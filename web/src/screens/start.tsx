// SPDX-License-Identifier: Apache-2.0
// From an empty server to the first channel: what is done, what is next.
import { useState } from "preact/hooks";
import { Icon } from "../ui/icons.tsx";
import { Bones, Button, Card, Page } from "../ui/parts.tsx";
import { dismissStart, isStartDismissed } from "../work/start_kept.ts";
import { useStart } from "../work/use_start.ts";

export default function Start() {
  const steps = useStart();
  const [isGone, setGone] = useState(isStartDismissed());
  if (!steps) {
    return (
      <Page title="First steps">
        <Card bare>
          <Bones rows={6} />
        </Card>
      </Page>
    );
  }
  const done = steps.filter((s) => s.state === "done").length;
  const all = done === steps.length;
  return (
    <Page
      title="First steps"
      sub={all ? "All of it is done. From here on, Now tells whether all is well." : "Six steps from an empty server to the first channel. Nothing is written to a shop before you say so in the last one."}
      acts={
        all ? (
          <a class="button first" href="/">
            Go to Now
          </a>
        ) : (
          !isGone && (
            <Button
              onClick={() => {
                dismissStart();
                setGone(true);
              }}
            >
              Do not remind me
            </Button>
          )
        )
      }
    >
      <Card bare>
        <ol class="steps" aria-label={`${done} of ${steps.length} steps are done`}>
          {steps.map((step, i) => (
            <li key={step.id} class={step.state} aria-current={step.state === "next" ? "step" : undefined}>
              <span class="step-mark" aria-hidden="true">
                {step.state === "done" ? <Icon name="ok" /> : i + 1}
              </span>
              <div class="grow">
                <h2>
                  {step.title}
                  {step.state === "done" && <span class="said"> (done)</span>}
                </h2>
                <p class="soft">{step.says}</p>
              </div>
              <a class={step.state === "next" ? "button first" : "button small"} href={step.href}>
                {step.action}
              </a>
            </li>
          ))}
        </ol>
      </Card>
    </Page>
  );
}
