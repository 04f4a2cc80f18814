// SPDX-License-Identifier: Apache-2.0
// One channel: how it stands, how fast it is, what shadow mode shows, taking it over and back.
import { type List, post, seg } from "../api/client.ts";
import type { Channel as Row, JobStarted, Pulse } from "../api/types.ts";
import { useQuery } from "../app/query.ts";
import { useParam } from "../app/router.ts";
import type { ScreenProps } from "../app/routes.ts";
import { count } from "../ui/format.ts";
import { Bones, Button, Card, Failed, Page } from "../ui/parts.tsx";
import { Age, Said, Tag, Time } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { ConnectSteps } from "./connect.tsx";
import { PauseButton } from "./pause.tsx";
import { mapOf, mapSetting } from "./places.tsx";
import { Cutover, Evidence } from "./shadow.tsx";
import { Speed } from "./speed.tsx";
import { MODES, connectorName } from "./words.ts";

const TABS = { speed: "Speed", shadow: "Agreement", over: "Take over", connect: "Connection", rules: "Settings" } as const;
type Tab = keyof typeof TABS;

function settingText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function Settings({ channel }: { channel: Row }) {
  const limits = [
    ["Buffer", channel.buffer === null ? null : `${count(channel.buffer)} held back`],
    ["Percent", channel.percent === null ? null : `${channel.percent} % shown`],
    ["Most to show", channel.cap === null ? null : count(channel.cap)],
  ] as const;
  return (
    <Card title="Settings">
      <dl class="pairs">
        <dt>Platform</dt>
        <dd>{connectorName(channel.connector)}</dd>
        <dt>Secrets</dt>
        <dd>{channel.has_secrets ? "kept, sealed; never shown" : "none"}</dd>
        {Object.entries(channel.settings).filter(([name]) => name !== mapSetting(channel.connector)).map(([name, value]) => (
          <>
            <dt>{name.replace(/_/g, " ")}</dt>
            {typeof value === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? (
              <dd>
                <Time at={value} long />
              </dd>
            ) : (
              <dd class="mono">
                <Said>{settingText(value)}</Said>
              </dd>
            )}
          </>
        ))}
        {mapSetting(channel.connector) && (
          <>
            <dt>Its places</dt>
            <dd>
              {mapOf(channel).length ? (
                mapOf(channel).map((m) => (
                  <div key={m.remote}>
                    <span class="mono">{m.remote}</span> is <Said>{m.location}</Said>
                  </div>
                ))
              ) : (
                <span class="faint">none is one of yours yet</span>
              )}{" "}
              <a href="?tab=connect">Change it</a>
            </dd>
          </>
        )}
        {limits.map(([name, text]) => (
          <>
            <dt>{name}</dt>
            <dd>{text ?? <span class="faint">not set</span>}</dd>
          </>
        ))}
        <dt>Sells from</dt>
        <dd>{channel.route.length ? channel.route.map((r) => r.location).join(", then ") : "every active place, the oldest first"}</dd>
        <dt>Counts since</dt>
        <dd>
          <Time at={channel.opened_at} long />
        </dd>
        <dt>Orders read through</dt>
        <dd>
          <Age at={channel.orders_read_through} none="not read yet" />
        </dd>
      </dl>
      <p class="after">
        <a href="/rules">Change routes and buffers</a>
      </p>
    </Card>
  );
}

export default function Channel({ params }: ScreenProps) {
  const code = params.code!;
  const query = useQuery<Row>(`/v1/channels/${seg(code)}`, { on: ["channel"], every: 10_000 });
  const pulses = useQuery<List<Pulse>>("/v1/pulse?limit=1000", { on: ["delivery", "push", "channel"], every: 10_000 });
  const channel = query.data;
  const [tabText, setTab] = useParam("tab", channel?.mode === "shadow" ? "shadow" : "speed");
  const tab = (tabText in TABS ? tabText : "speed") as Tab;
  if (!channel) {
    return (
      <Page title={<Said>{code}</Said>} tab={code}>
        {query.error ? <Failed error={query.error} retry={() => void query.reload()} /> : <Bones rows={6} />}
      </Page>
    );
  }
  const mode = MODES[channel.mode];
  const pulse = pulses.data?.items.find((p) => p.channel === code);
  const audit = async () => {
    await post<JobStarted>(`/v1/channels/${seg(code)}/audit`);
    toast("All its counts are read now; what differs shows under Agreement.");
  };
  return (
    <Page
      title={channel.code}
      sub={
        <span class="row tight">
          {channel.paused && <Tag tone="soon">paused</Tag>}
          <Tag tone={mode.tone}>{mode.name}</Tag>
          <span>{mode.about}</span>
          <span>
            Last message <Age at={pulse?.last_delivery_at} none="none lately" />.
          </span>
        </span>
      }
      acts={
        <>
          <Button needs="operate" onClick={audit}>
            Read all counts
          </Button>
          <PauseButton channel={code} paused={channel.paused} onDone={query.reload} />
        </>
      }
    >
      <nav class="choice tabs" aria-label="Of this channel">
        {(Object.keys(TABS) as Tab[]).map((t) => (
          <a
            key={t}
            href={`?tab=${t}`}
            aria-current={t === tab ? "page" : undefined}
            onClick={(e) => {
              e.preventDefault();
              setTab(t);
            }}
          >
            {TABS[t]}
          </a>
        ))}
      </nav>
      <div class="stack">
        {tab === "speed" && <Speed code={code} />}
        {tab === "shadow" && <Evidence channel={channel} />}
        {tab === "over" && <Cutover channel={channel} onDone={query.reload} />}
        {tab === "connect" && <ConnectSteps channel={channel} onChange={query.reload} />}
        {tab === "rules" && <Settings channel={channel} />}
      </div>
    </Page>
  );
}
