// SPDX-License-Identifier: Apache-2.0
// Is all well? One sentence, then what is not, then every channel, then what happens.
import type { Channel, Incident, LatencyReport, Order, Pulse, Push } from "../api/types.ts";
import { type List, pathOf, serverNow } from "../api/client.ts";
import { useNow } from "../app/clock.ts";
import { useQuery } from "../app/query.ts";
import { count, plural, stretch } from "../ui/format.ts";
import { Bones, Card, Empty, Failed, Page } from "../ui/parts.tsx";
import { Age, ChannelLink, Dot, Said, SkuLink, Tag, type Tone } from "../ui/text.tsx";
import { type Group, firstStep, grouped, titleOf } from "./groups.ts";
import { PauseButton } from "./pause.tsx";
import { MODES, URGENCY, actionOf, connectorName, incidentName } from "./words.ts";

const SHOWN = 4;
const QUEUE_IS_OLD_MS = 30_000;
const WINDOW_MS = 3_600_000;

interface Verdict {
  tone: Tone;
  says: string;
  more: string;
}

/** The one sentence. Pure. */
export function verdict(groups: Group[], channels: Channel[], pulses: Pulse[], now: number): Verdict {
  const urgent = groups.filter((g) => g.urgency === "now").length;
  const soon = groups.filter((g) => g.urgency === "soon").length;
  const live = channels.filter((c) => c.mode === "live");
  const paused = channels.filter((c) => c.paused);
  const differing = pulses.reduce((sum, p) => sum + p.differing, 0);
  const old = pulses.filter((p) => p.mode === "live" && !p.paused && p.waiting_since && now - Date.parse(p.waiting_since) > QUEUE_IS_OLD_MS);
  const rest: string[] = [];
  if (paused.length) rest.push(`${paused.length === channels.length ? "all channels are" : plural(paused.length, "channel is", "channels are")} paused`);
  if (differing) rest.push(`${plural(differing, "listing shows", "listings show")} another count than it should`.replace(/show (another)/, "show $1"));
  if (old.length) rest.push(`${old.map((p) => p.channel).join(", ")} waits to be told`);
  const tail = rest.length ? `${rest.join("; ")}.` : "";
  const more = tail.charAt(0).toUpperCase() + tail.slice(1);
  if (urgent) {
    return { tone: "now", says: `${plural(urgent, "thing wants", "things want")} a hand now.`, more };
  }
  if (paused.length === channels.length && channels.length) {
    return { tone: "soon", says: "Everything is paused: no count leaves.", more: "" };
  }
  if (soon || rest.length) {
    return { tone: "soon", says: soon ? `${plural(soon, "thing wants", "things want")} a look today.` : "Nearly all is well.", more };
  }
  if (live.length === 0) {
    return { tone: "plain", says: "No channel is live yet.", more: "Counts are kept here, and written nowhere." };
  }
  return { tone: "good", says: "All is well.", more: `${plural(live.length, "channel", "channels")} live, each shows what it should, and nothing waits.` };
}

function seeAll(group: Group): string {
  return group.all.length === 1 ? `/incidents/${group.newest.id}` : `/incidents?code=${encodeURIComponent(group.code)}${group.newest.sku ? `&sku=${encodeURIComponent(group.newest.sku)}` : ""}`;
}

function Exception({ group }: { group: Group }) {
  const step = firstStep(group.newest);
  return (
    <li>
      <div class="grow">
        <a class="plain-link" href={seeAll(group)}>
          <Said>{titleOf(group)}</Said>
        </a>
        <span class="small soft">
          <Age at={group.oldestAt} />
          {group.channels.length > 0 && <> · {group.channels.length > 3 ? plural(group.channels.length, "channel") : group.channels.join(", ")}</>}
        </span>
      </div>
      {step && (
        <a class="button small" href={step.to}>
          {step.label}
        </a>
      )}
    </li>
  );
}

/** All that is of one code stands together: what to do is said once. */
function Matter({ code, groups }: { code: string; groups: Group[] }) {
  const { newest, urgency } = groups[0]!;
  const shown = groups.slice(0, SHOWN);
  return (
    <section class={`matter ${urgency}`} aria-label={incidentName(code)}>
      <div class="row tight">
        <Tag tone={URGENCY[urgency].tone}>{incidentName(code)}</Tag>
        <span class="small soft grow">
          <Said>{actionOf(newest)}</Said>
        </span>
      </div>
      <ul>
        {shown.map((group) => (
          <Exception key={group.key} group={group} />
        ))}
      </ul>
      {groups.length > shown.length && (
        <a class="small" href={`/incidents?code=${encodeURIComponent(code)}`}>
          and {count(groups.length - shown.length)} more
        </a>
      )}
    </section>
  );
}

function Exceptions({ groups }: { groups: Group[] }) {
  const codes = [...new Set(groups.map((g) => g.code))];
  if (codes.length === 0) {
    return null;
  }
  return (
    <Card bare class="exceptions">
      <h2 class="said">What is not well</h2>
      {codes.map((code) => (
        <Matter key={code} code={code} groups={groups.filter((g) => g.code === code)} />
      ))}
    </Card>
  );
}

interface ChannelNow {
  channel: Channel;
  pulse: Pulse | undefined;
  p95: number | null;
  incidents: Incident[];
}

function toneOf({ channel, pulse, incidents }: ChannelNow, now: number): Tone {
  if (incidents.some((i) => i.urgency === "now" && i.sku === null)) {
    return "now";
  }
  const waits = pulse?.waiting_since && channel.mode === "live" && now - Date.parse(pulse.waiting_since) > QUEUE_IS_OLD_MS;
  if (channel.paused || waits || pulse?.differing || incidents.some((i) => i.urgency === "soon" && i.sku === null)) {
    return "soon";
  }
  return channel.mode === "live" ? "good" : "plain";
}

function Limits({ pulse, now }: { pulse: Pulse; now: number }) {
  if (pulse.held_until && Date.parse(pulse.held_until) - now > 1000) {
    return <span class="soon">used up for {stretch(Date.parse(pulse.held_until) - now)}</span>;
  }
  if (pulse.calls_left_today !== null) {
    return <>{count(pulse.calls_left_today)} calls left today</>;
  }
  return pulse.calls_per_minute === null ? <>none</> : <>{count(pulse.calls_per_minute)} a minute</>;
}

function ChannelCard({ it, onDone }: { it: ChannelNow; onDone: () => unknown }) {
  const { channel, pulse, p95, incidents } = it;
  const now = useNow();
  const tone = toneOf(it, now);
  const mode = MODES[channel.mode];
  return (
    <section class="card channel-card" data-channel={channel.code} aria-label={channel.code}>
      <div class="row nowrap-row">
        <Dot tone={tone} />
        <h3 class="grow">
          <a class="plain-link cut" href={`/channels/${encodeURIComponent(channel.code)}`}>
            {channel.code}
          </a>
        </h3>
        {channel.paused ? <Tag tone="soon">paused</Tag> : <Tag tone={mode.tone} title={mode.about}>{mode.name}</Tag>}
      </div>
      <p class="small soft">{connectorName(channel.connector)}</p>
      <dl class="pairs small">
        <dt>Last message</dt>
        <dd>
          <Age at={pulse?.last_delivery_at} none="none lately" />
        </dd>
        <dt>Last told</dt>
        <dd>
          <Age at={pulse?.last_confirmed_at} none={channel.mode === "live" ? "none lately" : "never, by design"} />
        </dd>
        <dt title="From a sale elsewhere to this channel's confirmation, in the last hour">95 of 100 within</dt>
        <dd>{p95 === null ? <span class="faint">no sale lately</span> : <span class={p95 > 5000 ? "soon" : ""}>{stretch(p95)}</span>}</dd>
        <dt>Waiting</dt>
        <dd>
          {!pulse?.waiting ? (
            "nothing"
          ) : (
            <>
              {plural(pulse.waiting, "listing")}
              {pulse.waiting_since && <span class="soft">, for <Age bare at={pulse.waiting_since} /></span>}
            </>
          )}
        </dd>
        <dt>Differing</dt>
        <dd>{pulse?.differing ? <a class="soon" href={`/channels/${encodeURIComponent(channel.code)}?tab=shadow`}>{plural(pulse.differing, "listing")}</a> : "none"}</dd>
        <dt>Limit</dt>
        <dd>{pulse ? <Limits pulse={pulse} now={now} /> : "–"}</dd>
      </dl>
      <div class="row foot">
        <span class="grow small">{incidents.length > 0 && <a href={`/incidents?channel=${encodeURIComponent(channel.code)}`}>{plural(incidents.length, "open incident")}</a>}</span>
        <PauseButton small channel={channel.code} paused={channel.paused} onDone={onDone} />
      </div>
    </section>
  );
}

function OrderFeed() {
  const orders = useQuery<List<Order>>("/v1/orders?limit=10", { on: ["delivery"] });
  const items = orders.data?.items ?? [];
  return (
    <Card title="Orders" aside={<a href="/orders">all</a>} bare class="feed">
      {orders.data && items.length === 0 && <Empty title="No order yet">They appear here the moment a channel tells of one.</Empty>}
      {!orders.data && <Bones />}
      <ul aria-label="Latest orders">
        {items.map((order) => {
          const units = order.lines.reduce((sum, line) => sum + line.ordered, 0);
          const first = order.lines[0];
          return (
            <li key={`${order.channel} ${order.id}`}>
              <span class="cut">
                <a href={`/orders/${encodeURIComponent(order.channel)}/${encodeURIComponent(order.id)}`}>
                  <bdi>{order.id}</bdi>
                </a>{" "}
                <span class="soft">
                  {count(units)} × <bdi>{first?.sku ?? first?.remote ?? "nothing"}</bdi>
                  {order.lines.length > 1 && ` and ${order.lines.length - 1} more`}
                </span>
              </span>
              <span class="soft small nowrap">
                {order.channel} · <Age at={order.placed_at} none="" />
              </span>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

const PUSH_TONES: Record<Push["state"], { tone: Tone; name: string }> = {
  in_flight: { tone: "plain", name: "on its way" },
  confirmed: { tone: "good", name: "shown" },
  accepted: { tone: "plain", name: "taken" },
  failed: { tone: "soon", name: "failed" },
  unknown: { tone: "soon", name: "answer lost" },
};

function PushFeed() {
  const pushes = useQuery<List<Push>>("/v1/pushes?limit=10", { on: ["push"] });
  const items = pushes.data?.items ?? [];
  return (
    <Card title="Told to channels" aside={<a href="/pushes">all</a>} bare class="feed">
      {pushes.data && items.length === 0 && <Empty title="Nothing told yet">When a count changes, each live channel that sells the item is told. It shows here, with how long it took.</Empty>}
      {!pushes.data && <Bones />}
      <ul aria-label="Latest pushes">
        {items.map((push) => {
          const state = PUSH_TONES[push.state];
          return (
            <li key={push.id}>
              <span class="cut">
                <SkuLink sku={push.sku} /> <span class="soft">now</span> <b>{count(push.value)}</b>{" "}
                {push.state !== "confirmed" && <Tag tone={state.tone}>{state.name}</Tag>}
              </span>
              <span class="soft small nowrap">
                <ChannelLink code={push.channel} /> · <Age at={push.answered_at ?? push.sent_at} none="" />
              </span>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

/** The hour up to now, in steps of a minute so that it is not asked for at each tick. */
function useLatency(): Map<string, number | null> {
  const minute = Math.floor(useNow() / 60_000) * 60_000;
  const from = new Date(minute - WINDOW_MS).toISOString();
  const report = useQuery<LatencyReport>(pathOf("/v1/reports/latency", { from }), { keep: true });
  return new Map(report.data?.channels.map((c) => [c.channel, c.stages.find((s) => s.stage === "total")?.p95 ?? null]));
}

export default function Now() {
  const channels = useQuery<List<Channel>>("/v1/channels?limit=1000", { on: ["channel"], every: 30_000 });
  const pulses = useQuery<List<Pulse>>("/v1/pulse?limit=1000", { on: ["delivery", "push", "channel"], every: 10_000 });
  const incidents = useQuery<List<Incident>>("/v1/incidents?state=open&limit=1000", { on: ["incident"] });
  const latency = useLatency();
  const reload = () => Promise.all([channels.reload(), pulses.reload()]);
  const failed = channels.error ?? pulses.error ?? incidents.error;
  if (!channels.data || !pulses.data || !incidents.data) {
    return (
      <Page title="Now" tab="Now">
        {failed ? <Failed error={failed} /> : <Bones rows={6} />}
      </Page>
    );
  }
  const rows = channels.data.items;
  const open = incidents.data.items;
  const groups = grouped(open);
  if (rows.length === 0) {
    return (
      <Page title="Welcome." sub="Nothing is connected yet.">
        <Card>
          <Empty title="First a place, then a channel" acts={<><a class="button first" href="/start">Begin</a><a class="button" href="/channels">Connect a channel</a></>}>
            Tell where your stock lies, connect the first shop in shadow mode, and look on. Nothing is written to it until you take it over.
          </Empty>
        </Card>
      </Page>
    );
  }
  const says = verdict(groups, rows, pulses.data.items, serverNow());
  const allPaused = rows.every((c) => c.paused);
  const order: Tone[] = ["now", "soon", "good", "plain"];
  const cards = rows
    .map((channel) => ({
      channel,
      pulse: pulses.data!.items.find((p) => p.channel === channel.code),
      p95: latency.get(channel.code) ?? null,
      incidents: open.filter((i) => i.channel === channel.code),
    }))
    .map((it) => ({ it, tone: toneOf(it, serverNow()) }))
    .sort((a, b) => order.indexOf(a.tone) - order.indexOf(b.tone));
  return (
    <Page
      tab="Now"
      title={
        <span class="verdict" data-tone={says.tone}>
          <Dot tone={says.tone} />
          {says.says}
        </span>
      }
      sub={
        <>
          {says.more} {failed ? <span class="now">The server does not answer; this is older.</span> : null}
        </>
      }
      acts={<PauseButton channel={null} paused={allPaused} onDone={reload} />}
    >
      <div class="stack">
        <Exceptions groups={groups} />
        <div class="cards" aria-label="Channels">
          {cards.map(({ it }) => (
            <ChannelCard key={it.channel.code} it={it} onDone={reload} />
          ))}
        </div>
        <div class="halves">
          <OrderFeed />
          <PushFeed />
        </div>
      </div>
    </Page>
  );
}
