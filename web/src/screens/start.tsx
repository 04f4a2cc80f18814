// SPDX-License-Identifier: Apache-2.0
// From an empty server to the first channel: what is done, what is next.
import { useState } from "preact/hooks";
import type { List } from "../api/client.ts";
import type { Channel, Finding, Listing, Location, Movement, Sku } from "../api/types.ts";
import { useQuery } from "../app/query.ts";
import { Icon } from "../ui/icons.tsx";
import { Bones, Button, Card, Page } from "../ui/parts.tsx";
import { startSteps } from "../work/start_model.ts";
import { dismissStart, isStartDismissed } from "../work/start_kept.ts";

const ON: { on: ["stock", "channel"] } = { on: ["stock", "channel"] };

export default function Start() {
  const locations = useQuery<List<Location>>("/v1/locations?limit=100", ON);
  const channels = useQuery<List<Channel>>("/v1/channels?limit=100", ON);
  const skus = useQuery<List<Sku>>("/v1/skus?limit=1000", ON);
  const listings = useQuery<List<Listing>>("/v1/listings?limit=1000", ON);
  const findings = useQuery<List<Finding>>("/v1/doctor?limit=1000", ON);
  const moved = useQuery<List<Movement>>("/v1/movements?limit=1", ON);
  const [isGone, setGone] = useState(isStartDismissed());
  const parts = [locations, channels, skus, listings, findings, moved];
  if (parts.some((q) => q.data === null)) {
    return (
      <Page title="First steps">
        <Card bare>
          <Bones rows={6} />
        </Card>
      </Page>
    );
  }
  const rows = <T,>(q: { data: List<T> | null }) => q.data?.items ?? [];
  const steps = startSteps({
    locations: rows(locations).length,
    channels: rows(channels),
    skus: rows(skus).length,
    skusMore: skus.data?.next != null,
    listings: rows(listings).length,
    listingsMore: listings.data?.next != null,
    unlinked: rows(findings).filter((f) => f.remote !== null && f.listing === null).length,
    moved: rows(moved).length > 0,
  });
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
