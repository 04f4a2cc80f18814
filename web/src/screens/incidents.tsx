// SPDX-License-Identifier: Apache-2.0
// All incidents, by what they want: open ones first, the worst at the top.
import { useState } from "preact/hooks";
import { type List, get, pathOf } from "../api/client.ts";
import type { Channel, Incident } from "../api/types.ts";
import { useQuery } from "../app/query.ts";
import { useParam } from "../app/router.ts";
import { count, plural } from "../ui/format.ts";
import { Button, Card, Choice, Empty, Loaded, Page } from "../ui/parts.tsx";
import { Age, ChannelLink, Said, SkuLink, Tag, Time } from "../ui/text.tsx";
import { URGENCY, incidentName } from "./words.ts";

const WEIGHT = { now: 0, soon: 1, info: 2 } as const;

function Row({ it }: { it: Incident }) {
  const urgency = URGENCY[it.urgency];
  return (
    <li class="incident">
      <Tag tone={it.state === "open" ? urgency.tone : "plain"}>{incidentName(it.code)}</Tag>
      <div class="grow">
        <a class="plain-link" href={`/incidents/${it.id}`}>
          <Said>{it.title}</Said>
        </a>
        <div class="small soft row tight">
          {it.channel && <ChannelLink code={it.channel} />}
          {it.sku && <SkuLink sku={it.sku} />}
          {it.order && (
            <span>
              order <bdi>{it.order}</bdi>
            </span>
          )}
          {it.times > 1 && <span>seen {plural(it.times, "time")}</span>}
        </div>
      </div>
      <span class="small soft nowrap">
        {it.state === "open" ? (
          <Age at={it.opened_at} />
        ) : (
          <>
            closed <Time at={it.resolved_at} />
          </>
        )}
      </span>
    </li>
  );
}

export default function Incidents() {
  const [state, setState] = useParam("state", "open");
  const [code, setCode] = useParam("code");
  const [channel, setChannel] = useParam("channel");
  const [sku, setSku] = useParam("sku");
  const channels = useQuery<List<Channel>>("/v1/channels?limit=1000");
  const path = pathOf("/v1/incidents", { state, code, channel, sku, limit: state === "open" ? 1000 : 100 });
  const query = useQuery<List<Incident>>(path, { on: ["incident"] });
  const [older, setOlder] = useState<{ path: string; items: Incident[]; next: string | null } | null>(null);
  const more = older?.path === path ? older : null;
  const items = [...(query.data?.items ?? []), ...(more?.items ?? [])];
  const shown = state === "open" ? [...items].sort((a, b) => WEIGHT[a.urgency] - WEIGHT[b.urgency] || b.opened_at.localeCompare(a.opened_at)) : items;
  const next = more ? more.next : (query.data?.next ?? null);
  const codes = [...new Set([...items.map((i) => i.code), ...(code ? [code] : [])])].sort();
  const loadOlder = async () => {
    const page = await get<List<Incident>>(`${path}&cursor=${next}`);
    setOlder({ path, items: [...(more?.items ?? []), ...page.items], next: page.next });
  };
  return (
    <Page title="Incidents" sub="What wants a person. Most close by themselves when their cause is gone.">
      <div class="stack">
        <div class="row">
          <Choice
            label="State"
            value={state}
            options={[
              { value: "open", label: "Open" },
              { value: "resolved", label: "Closed" },
            ]}
            onChange={setState}
          />
          <select aria-label="Kind" class="short" value={code} onChange={(e) => setCode(e.currentTarget.value)}>
            <option value="">every kind</option>
            {codes.map((c) => (
              <option key={c} value={c}>
                {incidentName(c)}
              </option>
            ))}
          </select>
          <select aria-label="Channel" class="short" value={channel} onChange={(e) => setChannel(e.currentTarget.value)}>
            <option value="">every channel</option>
            {channels.data?.items.map((c) => (
              <option key={c.code} value={c.code}>
                {c.code}
              </option>
            ))}
          </select>
          {sku && (
            <Button small onClick={() => setSku("")} label={`Not only ${sku}`}>
              only <Said>{sku}</Said> ×
            </Button>
          )}
        </div>
        <Loaded query={query}>
          {() =>
            shown.length === 0 ? (
              <Card>
                <Empty title={state === "open" ? "Nothing is open" : "Nothing was closed yet"}>
                  {state === "open" ? "When a unit is sold twice, a channel falls silent or shows another count, it stands here, with what to do." : "What was cured stands here, with why."}
                </Empty>
              </Card>
            ) : (
              <Card bare>
                <ul class="incidents" aria-label={`${count(shown.length)} incidents`}>
                  {shown.map((it) => (
                    <Row key={it.id} it={it} />
                  ))}
                </ul>
                {next && (
                  <div class="in">
                    <Button small onClick={loadOlder}>
                      Older
                    </Button>
                  </div>
                )}
              </Card>
            )
          }
        </Loaded>
      </div>
    </Page>
  );
}
