// SPDX-License-Identifier: Apache-2.0
// Connecting a channel: what the platform wants to know, then each step with its proof.
import { useState } from "preact/hooks";
import { type List, post, seg } from "../api/client.ts";
import type { Channel, Connector, Job, JobStarted } from "../api/types.ts";
import { useQuery } from "../app/query.ts";
import { navigate } from "../app/router.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { Button, Card, Empty, Field, Form } from "../ui/parts.tsx";
import { Said, Tag, type Tone } from "../ui/text.tsx";
import { Progress, useJob } from "./job.tsx";
import { PLACE, Places, mapOf, mapSetting, placesOf } from "./places.tsx";
import { connectorName } from "./words.ts";

function fieldLabel(name: string): string {
  const text = name.replace(/_/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A value as settings want it: lists where the platform takes several. */
function valueOf(name: string, text: string): unknown {
  return /_ids$/.test(name) ? text.split(/[\s,]+/).filter(Boolean) : text;
}

export function NewChannel({ onClose }: { onClose: () => void }) {
  const connectors = useQuery<List<Connector>>("/v1/connectors");
  const [name, setName] = useState("");
  const [code, setCode] = useState("");
  const [base, setBase] = useState("");
  const [values, setValues] = useState<Record<string, string>>({});
  const connector = connectors.data?.items.find((c) => c.name === name);
  const submit = async () => {
    const settings: Record<string, unknown> = base.trim() ? { base_url: base.trim() } : {};
    const secrets: Record<string, unknown> = {};
    for (const field of connector?.fields ?? []) {
      const text = (values[field.name] ?? "").trim();
      if (text) {
        (field.secret ? secrets : settings)[field.name] = valueOf(field.name, text);
      }
    }
    await post("/v1/channels", { code: code.trim(), connector: name, settings, secrets });
    onClose();
    navigate(`/channels/${seg(code.trim())}?tab=connect`);
  };
  return (
    <Dialog title="Connect a channel" onClose={onClose}>
      <p class="soft">It begins in shadow: its orders are booked and its counts compared, and nothing is written to it until you take it over.</p>
      <Form send="Go on" onSubmit={submit} disabled={!connector} acts={<button type="button" class="button" onClick={onClose}>Leave it</button>}>
        <div class="two">
          <Field label="Platform">
            <select name="connector" required value={name} onChange={(e) => setName(e.currentTarget.value)}>
              <option value="">choose</option>
              {connectors.data?.items.map((c) => (
                <option key={c.name} value={c.name}>
                  {connectorName(c.name)}
                </option>
              ))}
            </select>
          </Field>
          <Field label="Name here" help="Short, and kept for good: shopify-eu">
            <input name="code" required pattern="[A-Za-z0-9._\-]+" maxLength={64} autocomplete="off" value={code} onInput={(e) => setCode(e.currentTarget.value)} />
          </Field>
        </div>
        {connector?.fields.map((field) => (
          <Field key={field.name} label={<>{fieldLabel(field.name)} {field.optional && <span class="help">may be left out</span>}</>} help={field.about}>
            <input
              name={field.name}
              {...(field.secret ? { type: "password" as const } : { type: "text" as const })}
              autocomplete="off"
              spellcheck={false}
              required={!field.optional}
              value={values[field.name] ?? ""}
              onInput={(e) => setValues({ ...values, [field.name]: e.currentTarget.value })}
            />
          </Field>
        ))}
        {connector && !connector.fields.some((f) => f.name === "base_url") && (
          <Field label={<>Another address <span class="help">may be left out</span></>} help="Only for a shop that stands elsewhere than its platform's own address, such as a test shop.">
            <input name="base_url" type="url" autocomplete="off" value={base} onInput={(e) => setBase(e.currentTarget.value)} />
          </Field>
        )}
      </Form>
    </Dialog>
  );
}

export interface Check {
  what: string;
  state: "ok" | "made" | "by_hand" | "wrong";
  detail: string;
}

const CHECKS: Record<Check["state"], { tone: Tone; name: string }> = {
  ok: { tone: "good", name: "right" },
  made: { tone: "good", name: "made right" },
  by_hand: { tone: "soon", name: "yours to do" },
  wrong: { tone: "now", name: "wrong" },
};

function checksOf(job: Job): { open: string | null; checks: Check[] } {
  const result = (job.result ?? {}) as { open?: string | null; checks?: Check[] };
  return { open: result.open ?? null, checks: result.checks ?? [] };
}

/** Each step with its proof; may be run again at any time. */
export function ConnectSteps({ channel, onChange }: { channel: Channel; onChange: () => Promise<void> }) {
  const [id, setId] = useState<string | null>(null);
  const [importId, setImportId] = useState<string | null>(null);
  const job = useJob(id);
  const importing = useJob(importId);
  const said = job ? checksOf(job) : null;
  const running = job?.state === "queued" || job?.state === "running";
  const start = async () => setId((await post<JobStarted>(`/v1/channels/${seg(channel.code)}/connect`)).job);
  const places = placesOf(said?.checks ?? []);
  const isUnmapped = mapSetting(channel.connector) !== null && mapOf(channel).length === 0;
  const load = async () => setImportId((await post<JobStarted>(`/v1/channels/${seg(channel.code)}/import`, { create_skus: true })).job);
  return (
    <div class="stack">
      <Card
        title="Connection"
        aside={
          <Button needs="admin" kind={id ? undefined : "first"} small onClick={start} disabled={running}>
            {id ? "Check again" : "Check it"}
          </Button>
        }
      >
        {!job && (
          <Empty title="Step by step, with a proof of each">
            The credentials are tried, rights compared with what is needed, messages subscribed to, and the first one awaited. Nothing in the shop is changed but its subscriptions.
          </Empty>
        )}
        {job && (
          <div class="stack-s">
            {running && <Progress job={job} />}
            {said?.open && (
              <div class="note soon row">
                <span class="grow">The shop's owner must allow it in a browser, within half an hour.</span>
                <a class="button first" href={said.open} target="_blank" rel="noreferrer">
                  Allow it there
                </a>
              </div>
            )}
            <ol class="checks" aria-label="Steps">
              {said?.checks.filter((c) => c.what !== PLACE).map((c, i) => (
                <li key={i}>
                  <Tag tone={CHECKS[c.state].tone}>{CHECKS[c.state].name}</Tag>
                  <span>
                    <b>{c.what}</b>
                    <span class="soft">
                      {" "}
                      <Said>{c.detail}</Said>
                    </span>
                  </span>
                </li>
              ))}
            </ol>
            {job.error && <p class="note now break">{job.error}</p>}
            {job.state === "done" && (
              <p class="good row tight">
                <Icon name="ok" /> Its messages arrive and its credentials do.
              </p>
            )}
          </div>
        )}
      </Card>
      {mapSetting(channel.connector) && <Places channel={channel} found={places} isAsked={job !== null && !running} onSaved={onChange} />}
      <Card
        title="Catalogue"
        aside={
          <Button needs="admin" small onClick={load} disabled={importing?.state === "queued" || importing?.state === "running"}>
            {importId ? "Import again" : "Import"}
          </Button>
        }
      >
        {isUnmapped && (
          <p class="note soon">Say first which of your locations its places are, above: until then an import links items and keeps no counts.</p>
        )}
        {!importing ? (
          <p class="soft">What the channel sells is linked to items of the same SKU, one to one. What is unclear is left for you, under Links.</p>
        ) : (
          <div class="stack-s">
            {importing.state !== "done" && importing.state !== "failed" && <Progress job={importing} />}
            {importing.error && <p class="note now break">{importing.error}</p>}
            {importing.state === "done" && (
              <p>
                Read. {importing.review.length ? (
                  <a href={`/links?channel=${seg(channel.code)}`}>{importing.review.length} left for you</a>
                ) : (
                  "All of it is linked."
                )}{" "}
                <a href="/stock">See the stock</a>.
              </p>
            )}
          </div>
        )}
      </Card>
    </div>
  );
}
