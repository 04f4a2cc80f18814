// SPDX-License-Identifier: Apache-2.0
// From where each channel sells and what it may show: locations, routes, buffers, and a tester.
import { useState } from "preact/hooks";
import { getTagged, type List, patch, post, seg } from "../api/client.ts";
import type { Channel, Location, RouteStop, Routing } from "../api/types.ts";
import { useQuery } from "../app/query.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Button, Card, Empty, Failed, Form, Loaded, Page } from "../ui/parts.tsx";
import { ChannelLink, Num, Said, Tag } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { Cell, ChannelSelect, Fold, LocationSelect, Text, Units } from "../work/kit.tsx";
import { type Draft, SkuLines, linesOf } from "../work/sku_lines.tsx";
import { Verdicts } from "../work/verdicts.tsx";

export default function Rules() {
  const channels = useQuery<List<Channel>>("/v1/channels?limit=1000", { on: ["channel"] });
  const locations = useQuery<List<Location>>("/v1/locations?limit=1000");
  const [isAdding, setAdding] = useState(false);
  const [changing, setChanging] = useState<string | null>(null);
  const [routing, setRouting] = useState<string | null>(null);
  return (
    <Page title="Rules and routes" sub="From where each channel sells, and how much of it a channel may show.">
      <div class="stack">
        <Card
          title="Locations"
          bare
          aside={
            <Button small needs="admin" onClick={() => setAdding(true)}>
              Add a location
            </Button>
          }
        >
          <Loaded query={locations}>
            {({ items }) =>
              items.length === 0 ? (
                <Empty
                  title="No location yet"
                  acts={
                    <Button kind="first" needs="admin" onClick={() => setAdding(true)}>
                      Add a location
                    </Button>
                  }
                >
                  Each place that holds units has a name here: a warehouse, a shop, a shelf at a partner's.
                </Empty>
              ) : (
                <Locations rows={items} onChange={locations.reload} />
              )
            }
          </Loaded>
        </Card>
        <Card title="Channels" bare>
          <Loaded query={channels}>
            {({ items }) =>
              items.length === 0 ? (
                <Empty title="No channel yet" acts={<a class="button first" href="/channels">Connect one</a>} />
              ) : (
                <Fold label="What channels sell from, and may show" head={["Channel", "Sells from", ["Held back", "num"], ["Share", "num"], ["At most", "num"], ""]}>
                  {items.map((c) => (
                    <tr key={c.code}>
                      <th scope="row">
                        <ChannelLink code={c.code} />
                      </th>
                      <Cell h="Sells from">
                        <Route stops={c.route} />
                      </Cell>
                      <Cell h="Held back" num>
                        <Num value={c.buffer} none="none" />
                      </Cell>
                      <Cell h="Share" num>
                        {c.percent === null ? <span class="faint">all</span> : `${c.percent} %`}
                      </Cell>
                      <Cell h="At most" num>
                        <Num value={c.cap} none="no limit" />
                      </Cell>
                      <Cell class="acts-cell">
                        <Button small needs="admin" label={`Route of ${c.code}`} onClick={() => setRouting(c.code)}>
                          Route
                        </Button>
                        <Button small needs="admin" label={`Limits of ${c.code}`} onClick={() => setChanging(c.code)}>
                          Limits
                        </Button>
                      </Cell>
                    </tr>
                  ))}
                </Fold>
              )
            }
          </Loaded>
        </Card>
        <Tester />
      </div>
      {isAdding && <AddLocation onClose={() => setAdding(false)} onDone={locations.reload} />}
      {changing && <Limits code={changing} onClose={() => setChanging(null)} onDone={channels.reload} />}
      {routing && <RouteDialog code={routing} locations={locations.data?.items ?? []} onClose={() => setRouting(null)} onDone={channels.reload} />}
    </Page>
  );
}

/** Stops in the order in which they are asked. */
function Route({ stops }: { stops: RouteStop[] }) {
  if (stops.length === 0) {
    return <span class="faint">all active locations</span>;
  }
  const sorted = stops.map((s, i) => ({ s, i })).sort((a, b) => (a.s.priority ?? 0) - (b.s.priority ?? 0) || a.i - b.i);
  return (
    <ol class="route">
      {sorted.map(({ s }) => (
        <li key={s.location}>
          <Said>{s.location}</Said>
          {(s.countries?.length || s.regions?.length) ? <small class="soft"> only {[...(s.countries ?? []), ...(s.regions ?? [])].join(", ")}</small> : null}
        </li>
      ))}
    </ol>
  );
}

function Locations({ rows, onChange }: { rows: Location[]; onChange: () => Promise<void> }) {
  const flip = async (row: Location) => {
    await patch(`/v1/locations/${seg(row.code)}`, { active: !row.active });
    await onChange();
  };
  return (
    <Fold label="Locations" head={["Code", "Name", "Country", "State", ""]}>
      {rows.map((l) => (
        <tr key={l.code}>
          <th scope="row">
            <Said>{l.code}</Said>
          </th>
          <Cell h="Name">
            <Said>{l.name || "–"}</Said>
          </Cell>
          <Cell h="Country">{[l.region, l.country].filter(Boolean).join(", ") || <span class="faint">not said</span>}</Cell>
          <Cell h="State">{l.active ? <Tag tone="good">sells</Tag> : <Tag>switched off</Tag>}</Cell>
          <Cell class="acts-cell">
            <Button small needs="admin" label={`${l.active ? "Switch off" : "Switch on"} ${l.code}`} onClick={() => flip(l)}>
              {l.active ? "Switch off" : "Switch on"}
            </Button>
          </Cell>
        </tr>
      ))}
    </Fold>
  );
}

function AddLocation({ onClose, onDone }: { onClose: () => void; onDone: () => Promise<void> }) {
  const [code, setCode] = useState("");
  const [name, setName] = useState("");
  const [country, setCountry] = useState("");
  const send = async () => {
    await post("/v1/locations", { code: code.trim(), ...(name.trim() ? { name: name.trim() } : {}), ...(country ? { country: country.toUpperCase() } : {}) });
    await onDone();
    toast(`${code.trim()} is there.`);
    onClose();
  };
  return (
    <Dialog title="Add a location" onClose={onClose}>
      <Form
        onSubmit={send}
        send="Add it"
        disabled={!code.trim()}
        acts={
          <button type="button" class="button" onClick={onClose}>
            Not now
          </button>
        }
      >
        <Text label="Code" value={code} onChange={setCode} required help="Short, and for ever: letters, digits, '.', '_' and '-'." attributes={{ maxLength: 64, autocapitalize: "off", pattern: "[A-Za-z0-9._\\-]+" }} />
        <Text label="Name" value={name} onChange={setName} attributes={{ maxLength: 255 }} />
        <Text label="Country" value={country} onChange={setCountry} help="Two letters, such as DE." attributes={{ maxLength: 2, pattern: "[A-Za-z]{2}", autocapitalize: "characters" }} />
      </Form>
    </Dialog>
  );
}

/** A limit that is left empty is taken away. */
const limit = (text: string) => (text.trim() === "" ? null : Number(text));

function useTagged(code: string): { row: Channel | null; etag: string; error: unknown } {
  const [state, set] = useState<{ row: Channel | null; etag: string; error: unknown }>({ row: null, etag: "", error: null });
  useState(() => {
    getTagged<Channel>(`/v1/channels/${seg(code)}`)
      .then(({ row, etag }) => set({ row, etag, error: null }))
      .catch((error: unknown) => set({ row: null, etag: "", error }));
  });
  return state;
}

function Limits({ code, onClose, onDone }: { code: string; onClose: () => void; onDone: () => Promise<void> }) {
  const { row, etag, error } = useTagged(code);
  return (
    <Dialog title={<>What <bdi>{code}</bdi> may show</>} onClose={onClose}>
      {error ? <Failed error={error} /> : row ? <LimitsForm row={row} etag={etag} onClose={onClose} onDone={onDone} /> : null}
    </Dialog>
  );
}

function LimitsForm({ row, etag, onClose, onDone }: { row: Channel; etag: string; onClose: () => void; onDone: () => Promise<void> }) {
  const [buffer, setBuffer] = useState(row.buffer === null ? "" : String(row.buffer));
  const [percent, setPercent] = useState(row.percent === null ? "" : String(row.percent));
  const [cap, setCap] = useState(row.cap === null ? "" : String(row.cap));
  const send = async () => {
    await patch(`/v1/channels/${seg(row.code)}`, { buffer: limit(buffer), percent: limit(percent), cap: limit(cap) }, { ifMatch: etag });
    await onDone();
    toast("Saved. Every listing of the channel is reckoned anew.");
    onClose();
  };
  return (
    <Form
      onSubmit={send}
      send="Save"
      acts={
        <button type="button" class="button" onClick={onClose}>
          Leave it
        </button>
      }
    >
      <Units label="Units held back" value={buffer} onChange={setBuffer} help="Never shown there, of each SKU. Covers what others may sell before this channel knows." />
      <Units label="Share to show, in percent" value={percent} max={100} onChange={setPercent} help="Of what is left. Empty: all of it." />
      <Units label="At most" value={cap} onChange={setCap} help="Empty: no limit." />
      <p class="soft small">A listing's own value wins; else the stricter of the SKU's and the channel's.</p>
    </Form>
  );
}

interface Stop {
  location: string;
  priority: string;
  cost: string;
  fee: string;
  countries: string;
  regions: string[];
}

function RouteDialog({ code, locations, onClose, onDone }: { code: string; locations: Location[]; onClose: () => void; onDone: () => Promise<void> }) {
  const { row, etag, error } = useTagged(code);
  return (
    <Dialog title={<>From where <bdi>{code}</bdi> sells</>} onClose={onClose}>
      {error ? <Failed error={error} /> : row ? <RouteForm row={row} etag={etag} locations={locations} onClose={onClose} onDone={onDone} /> : null}
    </Dialog>
  );
}

function RouteForm({ row, etag, locations, onClose, onDone }: { row: Channel; etag: string; locations: Location[]; onClose: () => void; onDone: () => Promise<void> }) {
  const [stops, setStops] = useState<Stop[]>(
    row.route.map((s) => ({
      location: s.location,
      priority: String(s.priority ?? 0),
      cost: String(s.cost ?? 0),
      fee: String(s.fee ?? 0),
      countries: (s.countries ?? []).join(" "),
      regions: s.regions ?? [],
    })),
  );
  const change = (i: number, part: Partial<Stop>) => setStops(stops.map((s, at) => (at === i ? { ...s, ...part } : s)));
  const send = async () => {
    const route = stops.map((s) => {
      const countries = s.countries.toUpperCase().split(/[\s,]+/).filter(Boolean);
      return {
        location: s.location,
        priority: Number(s.priority) || 0,
        cost: Number(s.cost) || 0,
        fee: Number(s.fee) || 0,
        ...(countries.length > 0 ? { countries } : {}),
        ...(s.regions.length > 0 ? { regions: s.regions } : {}),
      };
    });
    await patch(`/v1/channels/${seg(row.code)}`, { route }, { ifMatch: etag });
    await onDone();
    toast("Saved. What is reserved stays where it is.");
    onClose();
  };
  const free = locations.find((l) => l.active && !stops.some((s) => s.location === l.code));
  return (
    <Form
      onSubmit={send}
      send="Save the route"
      disabled={stops.some((s) => !s.location)}
      acts={
        <button type="button" class="button" onClick={onClose}>
          Leave it
        </button>
      }
    >
      <p class="soft small">
        One location that has everything comes first. Among those, the lowest rank, then what one parcel and its units cost, in any unit you like. Without any stop all active locations are sold from.
      </p>
      <ol class="arrivals">
        {stops.map((stop, i) => (
          <li key={i}>
            <div class="row">
              <span class="grow">
                <LocationSelect label={`Stop ${i + 1}`} value={stop.location} onChange={(location) => change(i, { location })} />
              </span>
              <button type="button" class="button small" aria-label={`Remove stop ${i + 1}`} onClick={() => setStops(stops.filter((_, at) => at !== i))}>
                Remove
              </button>
            </div>
            <div class="three">
              <Text label="Rank" type="number" value={stop.priority} onChange={(priority) => change(i, { priority })} />
              <Text label="A unit costs" type="number" value={stop.cost} onChange={(cost) => change(i, { cost })} />
              <Text label="A parcel costs" type="number" value={stop.fee} onChange={(fee) => change(i, { fee })} />
            </div>
            <Text label="Only to these countries" value={stop.countries} onChange={(countries) => change(i, { countries })} placeholder="all" help="Two letters each, such as DE AT." />
          </li>
        ))}
      </ol>
      <button
        type="button"
        class="button small"
        disabled={!free}
        onClick={() => free && setStops([...stops, { location: free.code, priority: String(stops.length + 1), cost: "0", fee: "0", countries: "", regions: [] }])}
      >
        Another stop
      </button>
    </Form>
  );
}

/** Where an order would be served from, and why. Changes nothing. */
function Tester() {
  const [channel, setChannel] = useState("");
  const [country, setCountry] = useState("");
  const [lines, setLines] = useState<Draft[]>([{ sku: "", quantity: "1" }]);
  const [routing, setRouting] = useState<Routing | null>(null);
  const goods = linesOf(lines);
  const ask = async () => {
    setRouting(null);
    setRouting(
      await post<Routing>("/v1/routing/try", {
        channel,
        ...(country ? { country: country.toUpperCase() } : {}),
        lines: goods,
      }),
    );
  };
  return (
    <Card title="Try a route" aside="changes nothing">
      <div class="stack-s">
        <Form onSubmit={ask} send="Where would it come from?" disabled={!channel || goods === null}>
          <div class="two">
            <ChannelSelect label="An order on" none="Choose a channel" value={channel} onChange={setChannel} />
            <Text label="To the country" value={country} onChange={setCountry} placeholder="not said" attributes={{ maxLength: 2, autocapitalize: "characters" }} />
          </div>
          <SkuLines legend="What is ordered" lines={lines} onChange={setLines} />
        </Form>
        {routing && <Verdicts routing={routing} />}
      </div>
    </Card>
  );
}
