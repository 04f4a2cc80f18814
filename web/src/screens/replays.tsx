// SPDX-License-Identifier: Apache-2.0
// Applying a range of messages once more: rehearsed first, with the difference shown, then applied.
import { useState } from "preact/hooks";
import { post, send, seg } from "../api/client.ts";
import type { Job, JobStarted } from "../api/types.ts";
import { here } from "../app/router.ts";
import { plural } from "../ui/format.ts";
import { Button, Card, Failed, Figure, Form, Page } from "../ui/parts.tsx";
import { Num, Said, SkuLink } from "../ui/text.tsx";
import { Cell, ChannelSelect, Fold, hasEnded, JobProgress, OrderLink, Select, SPANS, Text, useJob } from "../work/kit.tsx";
import { KINDS } from "../work/movements.tsx";
import { DELIVERY_STATES } from "./deliveries.tsx";

interface Range {
  channel: string;
  state: string;
  order: string;
  from: string;
  to: string;
}

const SPAN_HOURS: Record<string, number> = { "1h": 1, "24h": 24, "7d": 168, "31d": 744 };

/** As the server takes it; what was left empty is not said. */
function asked(range: Range): Record<string, string> {
  const out: Record<string, string> = {};
  for (const name of ["channel", "state", "order"] as const) {
    if (range[name].trim()) {
      out[name] = range[name].trim();
    }
  }
  for (const name of ["from", "to"] as const) {
    if (range[name]) {
      out[name] = new Date(range[name]).toISOString();
    }
  }
  return out;
}

/** For an input of the type datetime-local, in the viewer's zone. */
function localTime(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export default function Replays() {
  const query = here().query;
  const [range, setRange] = useState<Range>({
    channel: query.get("channel") ?? "",
    state: query.get("state") ?? "",
    order: query.get("order") ?? "",
    from: query.get("order") ? "" : localTime(new Date(Date.now() - 86_400_000)),
    to: "",
  });
  const [rehearsal, setRehearsal] = useState<{ job: string; what: Record<string, string> } | null>(null);
  const [applied, setApplied] = useState<string | null>(null);
  const change = (part: Partial<Range>) => {
    setRange({ ...range, ...part });
    setRehearsal(null);
    setApplied(null);
  };
  const rehearse = async () => {
    const what = asked(range);
    setApplied(null);
    setRehearsal({ job: (await post<JobStarted>("/v1/replays", { ...what, dry_run: true })).job, what });
  };
  return (
    <Page title="Replay a range" sub="Decodes what channels sent once more, with what the server can read now. It may be repeated at will: what is booked is not booked again.">
      <div class="stack">
        <Card title="Which messages">
          <Form onSubmit={rehearse} send="Rehearse" disabled={Object.keys(asked(range)).length === 0}>
            <div class="two">
              <ChannelSelect value={range.channel} onChange={(channel) => change({ channel })} />
              <Select
                label="Outcome so far"
                value={range.state}
                onChange={(state) => change({ state })}
                options={[["", "Any outcome"], ...Object.entries(DELIVERY_STATES).map(([value, { text }]): [string, string] => [value, text])]}
              />
            </div>
            <div class="two">
              <Text label="Received from" type="datetime-local" value={range.from} onChange={(from) => change({ from })} />
              <Text label="Received before" type="datetime-local" value={range.to} onChange={(to) => change({ to })} help="Left empty: until now." />
            </div>
            <div class="two">
              <Text label="Order" value={range.order} onChange={(order) => change({ order })} />
              <Select
                label="Or choose a span"
                value=""
                onChange={(span) => change({ from: SPAN_HOURS[span] ? localTime(new Date(Date.now() - SPAN_HOURS[span]! * 3_600_000)) : "", to: "" })}
                options={[["", "As above"], ...SPANS.filter(([s]) => s !== "all")]}
              />
            </div>
          </Form>
        </Card>
        {rehearsal && <Rehearsal key={rehearsal.job} id={rehearsal.job} what={rehearsal.what} onApply={setApplied} isApplied={applied !== null} />}
        {applied && <Applied key={applied} id={applied} />}
      </div>
    </Page>
  );
}

function Rehearsal({ id, what, onApply, isApplied }: { id: string; what: Record<string, string>; onApply: (job: string) => void; isApplied: boolean }) {
  const job = useJob(id);
  const [reason, setReason] = useState("");
  const apply = async () => onApply((await post<JobStarted>("/v1/replays", { ...what, dry_run: false, reason })).job);
  return (
    <Card title="Rehearsal" aside="nothing is kept of it">
      <Progress job={job} id={id} what="Rehearsing" />
      {job?.state === "done" && (
        <div class="stack-s">
          <Outcome job={job} isDry />
          {!isApplied && (
            <Form onSubmit={apply} send="Apply it" disabled={!reason.trim()}>
              <Text label="Reason" value={reason} onChange={setReason} required help="It goes into the log." attributes={{ maxLength: 255 }} />
            </Form>
          )}
        </div>
      )}
    </Card>
  );
}

function Applied({ id }: { id: string }) {
  const job = useJob(id);
  return (
    <Card title="Applied">
      <Progress job={job} id={id} what="Applying" />
      {job?.state === "done" && <Outcome job={job} isDry={false} />}
    </Card>
  );
}

function Progress({ job, id, what }: { job: Job | null; id: string; what: string }) {
  if (job?.state === "failed" || job?.state === "cancelled") {
    return <Failed error={new Error(job.error || (job.state === "cancelled" ? "It was ended before it was through. What it applied is right already." : "It failed."))} />;
  }
  if (hasEnded(job)) {
    return null;
  }
  return (
    <div class="row">
      <div class="grow">
        <JobProgress job={job} what={what} />
      </div>
      <Button small needs="operate" onClick={() => send("DELETE", `/v1/jobs/${seg(id)}`)}>
        End it
      </Button>
    </div>
  );
}

interface Result {
  seen?: number;
  applied?: number;
  unchanged?: number;
  parked?: number;
  skipped?: number;
  without_body?: number;
  failed?: number;
  fetches?: number;
  movements?: number;
  orders?: number;
  skus?: { sku: string; available: number; reserved: number; unavailable: number }[];
  skus_more?: number;
  review_more?: number;
}

interface OrderDifference {
  channel: string;
  order: string;
  movements: { kind: keyof typeof KINDS; sku: string; location: string; quantity: number }[];
}

function Outcome({ job, isDry }: { job: Job; isDry: boolean }) {
  const r = (job.result ?? {}) as Result;
  const orders = (job.review ?? []) as unknown as OrderDifference[];
  const isSame = !r.movements && !(r.skus?.length ?? 0);
  return (
    <div class="stack-s" data-test={isDry ? "rehearsed" : "applied"}>
      <dl class="figures">
        <Figure label="looked at">
          <Num value={r.seen ?? 0} />
        </Figure>
        <Figure label="say nothing new">
          <Num value={r.unchanged ?? 0} />
        </Figure>
        <Figure label={isDry ? "would book" : "booked something"}>
          <Num value={r.applied ?? 0} />
        </Figure>
        <Figure label="wait">
          <Num value={r.parked ?? 0} />
        </Figure>
        <Figure label="passed over">
          <Num value={(r.skipped ?? 0) + (r.without_body ?? 0) + (r.failed ?? 0)} />
        </Figure>
      </dl>
      {(r.without_body ?? 0) > 0 && <p class="note">{plural(r.without_body ?? 0, "message has", "messages have")} no body any more and stay as they are.</p>}
      {(r.skipped ?? 0) > 0 && <p class="note">{plural(r.skipped ?? 0, "message")} of channels that are off or cannot be used are passed over.</p>}
      {(r.fetches ?? 0) > 0 && <p class="note">{plural(r.fetches ?? 0, "order")} {isDry ? "would be" : "are"} read again from the channel.</p>}
      {isSame ? (
        <p class="note" role="status">
          {isDry ? "Nothing would change. That is the good answer." : "Nothing was to be booked."}
        </p>
      ) : (
        <>
          <h3>{isDry ? "What would be added to each figure" : "What was added to each figure"}</h3>
          <Fold label="Difference per SKU" head={["SKU", ["Available", "num"], ["Reserved", "num"], ["Not for sale", "num"]]}>
            {(r.skus ?? []).map((s) => (
              <tr key={s.sku}>
                <th scope="row">
                  <SkuLink sku={s.sku} />
                </th>
                <Cell h="Available" num class={s.available ? "differs" : ""}>
                  <Num value={s.available} signed />
                </Cell>
                <Cell h="Reserved" num class={s.reserved ? "differs" : ""}>
                  <Num value={s.reserved} signed />
                </Cell>
                <Cell h="Not for sale" num class={s.unavailable ? "differs" : ""}>
                  <Num value={s.unavailable} signed />
                </Cell>
              </tr>
            ))}
          </Fold>
          {(r.skus_more ?? 0) > 0 && <p class="soft">and {plural(r.skus_more ?? 0, "SKU")} more</p>}
          {orders.length > 0 && (
            <>
              <h3>By order</h3>
              <ul class="stack-s">
                {orders.map((o) => (
                  <li key={`${o.channel} ${o.order}`} class="row">
                    <span>
                      <OrderLink channel={o.channel} order={o.order} /> <small class="soft">{o.channel}</small>
                    </span>
                    <span class="grow soft small">
                      {(o.movements ?? []).map((m, i) => (
                        <span key={i} class="piece">
                          {KINDS[m.kind] ?? m.kind} {m.quantity} × <Said>{m.sku}</Said> at <Said>{m.location}</Said>
                        </span>
                      ))}
                    </span>
                  </li>
                ))}
              </ul>
              {(r.review_more ?? 0) > 0 && <p class="soft">and {plural(r.review_more ?? 0, "order")} more</p>}
            </>
          )}
        </>
      )}
    </div>
  );
}
