// SPDX-License-Identifier: Apache-2.0
// One incident: what happened, what that means, what the server does meanwhile, what you must do.
import { useState } from "preact/hooks";
import { post } from "../api/client.ts";
import { plainWords } from "../api/plain_words.ts";
import type { Incident as Row } from "../api/types.ts";
import { useQuery } from "../app/query.ts";
import type { ScreenProps } from "../app/routes.ts";
import { Confirm } from "../ui/dialog.tsx";
import { plural } from "../ui/format.ts";
import { Bones, Button, Card, Empty, Failed, Field, Page } from "../ui/parts.tsx";
import { Age, ChannelLink, Said, SkuLink, Tag, Time } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { AutopsyCard } from "./autopsy.tsx";
import { stepsOf } from "./groups.ts";
import { URGENCY, actionOf, incidentName } from "./words.ts";

function Resolve({ it, onClose, onDone }: { it: Row; onClose: () => void; onDone: () => unknown }) {
  const [reason, setReason] = useState("");
  return (
    <Confirm
      title="Close it by hand?"
      send="Close it"
      onClose={onClose}
      onConfirm={async () => {
        await post(`/v1/incidents/${it.id}/resolve`, { reason: reason.trim() });
        toast("Closed. While its cause lasts, the next time opens a new one.");
        await onDone();
      }}
    >
      <p>This cures nothing; it says that you have seen to it. {it.until}</p>
      <Field label="Why" help="It stays with the incident.">
        <input name="reason" required maxLength={255} autofocus value={reason} onInput={(e) => setReason(e.currentTarget.value)} />
      </Field>
    </Confirm>
  );
}

function Facts({ it }: { it: Row }) {
  return (
    <dl class="pairs">
      {it.channel && (
        <>
          <dt>Channel</dt>
          <dd>
            <ChannelLink code={it.channel} />
          </dd>
        </>
      )}
      {it.sku && (
        <>
          <dt>Item</dt>
          <dd>
            <SkuLink sku={it.sku} />
          </dd>
        </>
      )}
      {it.order && it.channel && (
        <>
          <dt>Order</dt>
          <dd>
            <a href={`/orders/${encodeURIComponent(it.channel)}/${encodeURIComponent(it.order)}`}>
              <bdi>{it.order}</bdi>
            </a>
          </dd>
        </>
      )}
      {it.delivery && (
        <>
          <dt>Message</dt>
          <dd>
            <a href={`/deliveries/${it.delivery}`}>{it.delivery}</a>
          </dd>
        </>
      )}
      <dt>Opened</dt>
      <dd>
        <Time at={it.opened_at} long />
        {it.times > 1 && (
          <span class="soft">
            , seen {plural(it.times, "time")}, last <Age at={it.updated_at} />
          </span>
        )}
      </dd>
      {it.resolved_at && (
        <>
          <dt>Closed</dt>
          <dd>
            <Time at={it.resolved_at} long /> {it.resolved_by ? <>by <Said>{it.resolved_by}</Said></> : "by itself"}
            {it.resolution && (
              <>
                : <Said>{it.resolution}</Said>
              </>
            )}
          </dd>
        </>
      )}
    </dl>
  );
}

export default function Incident({ params }: ScreenProps) {
  const [closing, setClosing] = useState(false);
  const query = useQuery<Row>(`/v1/incidents/${encodeURIComponent(params.id!)}`, { on: ["incident"], every: 10_000 });
  const it = query.data;
  if (!it) {
    return (
      <Page title="Incident">
        {query.error ? <Failed error={query.error} retry={() => void query.reload()} /> : <Bones rows={6} />}
      </Page>
    );
  }
  const [step, ...others] = stepsOf(it);
  const urgency = URGENCY[it.urgency];
  return (
    <Page
      title={<Said>{it.title}</Said>}
      tab={it.title}
      sub={
        <span class="row tight">
          <Tag tone={it.state === "open" ? urgency.tone : "good"}>{it.state === "open" ? incidentName(it.code) : "closed"}</Tag>
          {it.state === "open" && (
            <span>
              open, <Age at={it.opened_at} />
            </span>
          )}
        </span>
      }
      acts={
        it.state === "open" && (
          <>
            <Button needs="operate" onClick={() => setClosing(true)}>
              Close by hand
            </Button>
            {step && (
              <a class="button first" href={step.to}>
                {step.label}
              </a>
            )}
          </>
        )
      }
    >
      <div class="stack">
        <Card>
          <div class="stack">
            <p>
              <Said>{plainWords(it.detail)}</Said>
            </p>
            <div class="thirds">
              <div>
                <h3>What it means</h3>
                <p class="soft">{it.meaning}</p>
              </div>
              <div>
                <h3>What the server does</h3>
                <p class="soft">{it.doing}</p>
              </div>
              <div>
                <h3>What you do</h3>
                <p>
                  <Said>{actionOf(it)}</Said>
                </p>
                {it.state === "open" && others.length > 0 && (
                  <p class="small row tight">
                    {others.map((o) => (
                      <a key={o.to} href={o.to}>
                        {o.label}
                      </a>
                    ))}
                  </p>
                )}
              </div>
            </div>
            {it.state === "open" && <p class="small soft">It stays open: {it.until.charAt(0).toLowerCase() + it.until.slice(1)}</p>}
          </div>
        </Card>
        {it.autopsy?.map((a, i) => <AutopsyCard key={i} autopsy={a} />)}
        {it.autopsy && it.autopsy.length === 0 && (
          <Card title="Autopsy">
            <Empty title="Nothing of this order is missing any more" />
          </Card>
        )}
        <Card title="The facts">
          <Facts it={it} />
        </Card>
      </div>
      {closing && <Resolve it={it} onClose={() => setClosing(false)} onDone={query.reload} />}
    </Page>
  );
}
