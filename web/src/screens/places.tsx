// SPDX-License-Identifier: Apache-2.0
// Which of our locations a channel's own places are: without it no count of theirs means anything here.
import { useState } from "preact/hooks";
import { getTagged, patch, seg } from "../api/client.ts";
import type { Channel } from "../api/types.ts";
import { plural } from "../ui/format.ts";
import { Button, Card, Form } from "../ui/parts.tsx";
import { Said } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { useLocations } from "../work/kit.tsx";
import type { Check } from "./connect.tsx";

export interface Place {
  remote: string;
  name: string;
}

export interface Mapped {
  location: string;
  remote: string;
}

/** What a check about one of the channel's places is called. */
export const PLACE = "place of theirs";

const SETTINGS: Record<string, { setting: string; theirs: string }> = {
  shopify: { setting: "location_map", theirs: "location" },
  bigcommerce: { setting: "location_map", theirs: "location" },
  tiktok: { setting: "warehouse_map", theirs: "warehouse" },
  walmart: { setting: "ship_nodes", theirs: "ship node" },
};

/** The setting that holds the map; null: the platform has no places of its own. */
export function mapSetting(connector: string): string | null {
  return SETTINGS[connector]?.setting ?? null;
}

export function mapOf(channel: Channel): Mapped[] {
  const rows = (channel.settings as Record<string, unknown>)[mapSetting(channel.connector) ?? ""];
  return Array.isArray(rows) ? (rows as Mapped[]).filter((r) => typeof r?.location === "string" && typeof r.remote === "string") : [];
}

/** The places that connecting found: "61111 Main Street". */
export function placesOf(checks: readonly Check[]): Place[] {
  return checks.flatMap((c) => {
    const [, remote, name] = (c.what === PLACE && /^(\S+) ?(.*)$/.exec(c.detail)) || [];
    return remote ? [{ remote, name: name ?? "" }] : [];
  });
}

interface Row extends Place {
  location: string;
  isTyped: boolean;
}

function rowsOf(mapped: Mapped[], found: Place[]): Row[] {
  const rows = found.map((p) => ({ ...p, location: mapped.find((m) => m.remote === p.remote)?.location ?? "", isTyped: false }));
  const others = mapped.filter((m) => !found.some((p) => p.remote === m.remote));
  return [...rows, ...others.map((m) => ({ remote: m.remote, name: "", location: m.location, isTyped: false }))];
}

/** `found`: what connecting listed; `isAsked`: it was asked, so that an empty list says something. */
export function Places({ channel, found, isAsked, onSaved }: { channel: Channel; found: Place[]; isAsked: boolean; onSaved: () => Promise<void> }) {
  const ours = useLocations().filter((l) => l.active);
  const known = rowsOf(mapOf(channel), found);
  const [changes, setChanges] = useState<Record<string, string>>({});
  const [typed, setTyped] = useState<Row[]>([]);
  const { setting, theirs } = SETTINGS[channel.connector]!;
  const rows = [...known.map((r) => ({ ...r, location: changes[r.remote] ?? r.location })), ...typed];
  const chosen = rows.filter((r) => r.location && r.remote.trim());
  const isChanged = Object.keys(changes).length > 0 || typed.some((r) => r.location && r.remote.trim());
  const twice = chosen.find((r, i) => chosen.some((o, k) => k < i && o.location === r.location));
  const choose = (row: Row, i: number, location: string) => {
    if (row.isTyped) {
      setTyped(typed.map((r, k) => (k === i - known.length ? { ...r, location } : r)));
    } else {
      setChanges({ ...changes, [row.remote]: location });
    }
  };
  const save = async () => {
    // Compared with what is there now: somebody else may have changed another setting meanwhile.
    const { etag } = await getTagged<Channel>(`/v1/channels/${seg(channel.code)}`);
    await patch(`/v1/channels/${seg(channel.code)}`, { settings: { [setting]: chosen.map((r) => ({ location: r.location, remote: r.remote.trim() })) } }, { ifMatch: etag });
    setChanges({});
    setTyped([]);
    await onSaved();
    toast(`${plural(chosen.length, `${theirs} is`, `${theirs}s are`)} one of yours now. An import keeps their counts.`);
  };
  return (
    <Card
      title="Its places"
      aside={
        <Button small needs="admin" onClick={() => setTyped([...typed, { remote: "", name: "", location: "", isTyped: true }])}>
          Add one by its number
        </Button>
      }
    >
      <div class="stack-s">
        <p class="soft">
          A {theirs} of theirs that holds your stock is one of your locations. Leave out what is not yours to count.
          {found.length === 0 && !isAsked && " “Check it” above lists them."}
          {found.length === 0 && isAsked && ` The channel did not list any: add each by the number that its own settings show.`}
        </p>
        {ours.length === 0 && (
          <p class="note soon">
            There is no location yet. <a href="/rules">Add one</a> first.
          </p>
        )}
        {rows.length > 0 && (
          <Form send="Keep it so" onSubmit={save} disabled={!isChanged || !!twice}>
            <ul class="places" aria-label={`Places of ${channel.code}`}>
              {rows.map((row, i) => (
                <li key={row.isTyped ? `typed-${i}` : row.remote}>
                  {row.isTyped ? (
                    <input aria-label={`Number of their ${theirs}`} placeholder={`number of their ${theirs}`} autocomplete="off" value={row.remote} onInput={(e) => setTyped(typed.map((r, k) => (k === i - known.length ? { ...r, remote: e.currentTarget.value } : r)))} />
                  ) : (
                    <span class="grow">
                      <b>
                        <Said>{row.name || row.remote}</Said>
                      </b>{" "}
                      {row.name && <span class="faint mono small">{row.remote}</span>}
                    </span>
                  )}
                  <span class="soft">is</span>
                  <select aria-label={`Our location for ${row.name || row.remote || `the ${theirs}`}`} value={row.location} onChange={(e) => choose(row, i, e.currentTarget.value)}>
                    <option value="">none of ours</option>
                    {ours.map((l) => (
                      <option key={l.code} value={l.code}>
                        {l.name ? `${l.name} (${l.code})` : l.code}
                      </option>
                    ))}
                  </select>
                </li>
              ))}
            </ul>
            {twice && <p class="note soon">{twice.location} can be one of their {theirs}s only.</p>}
          </Form>
        )}
      </div>
    </Card>
  );
}
