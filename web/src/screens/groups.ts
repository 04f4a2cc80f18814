// SPDX-License-Identifier: Apache-2.0
// Incidents of one kind about one thing belong together: ten orders of a SKU that ran out are one
// matter, not ten. Pure, so that it can be tried without a page.
import type { Incident } from "../api/types.ts";

export interface Group {
  key: string;
  code: string;
  urgency: Incident["urgency"];
  newest: Incident;
  oldestAt: string;
  all: Incident[];
  channels: string[];
}

const WEIGHT: Record<Incident["urgency"], number> = { now: 0, soon: 1, info: 2 };

function keyOf(incident: Incident): string {
  return [incident.code, incident.sku ?? "", incident.sku ? "" : (incident.channel ?? "")].join("\n");
}

/** Worst first; of the same urgency what touches most, then the newest. */
export function grouped(incidents: Incident[]): Group[] {
  const groups = new Map<string, Group>();
  for (const incident of incidents) {
    const key = keyOf(incident);
    const group = groups.get(key);
    if (!group) {
      groups.set(key, {
        key,
        code: incident.code,
        urgency: incident.urgency,
        newest: incident,
        oldestAt: incident.opened_at,
        all: [incident],
        channels: incident.channel ? [incident.channel] : [],
      });
      continue;
    }
    group.all.push(incident);
    if (incident.opened_at > group.newest.opened_at) {
      group.newest = incident;
    }
    if (incident.opened_at < group.oldestAt) {
      group.oldestAt = incident.opened_at;
    }
    if (incident.channel && !group.channels.includes(incident.channel)) {
      group.channels.push(incident.channel);
    }
  }
  return [...groups.values()].sort(
    (a, b) =>
      WEIGHT[a.urgency] - WEIGHT[b.urgency] ||
      Number(a.newest.sku !== null) - Number(b.newest.sku !== null) ||
      b.all.length - a.all.length ||
      b.newest.opened_at.localeCompare(a.newest.opened_at),
  );
}

/** What a group says in one line. */
export function titleOf(group: Group): string {
  const { newest, all } = group;
  if (all.length === 1) {
    return newest.title;
  }
  if (group.code === "OVERSOLD" && newest.sku) {
    return `${newest.sku}: ${all.length} order lines sold beyond stock`;
  }
  return `${newest.title} (${all.length} times)`;
}

/** The first step that cures it, as a link of this page. */
export function firstStep(incident: Incident): { to: string; label: string } | null {
  const item = incident.sku ? `/item/${encodeURIComponent(incident.sku)}` : null;
  const channel = incident.channel ? `/channels/${encodeURIComponent(incident.channel)}` : null;
  switch (incident.code) {
    case "OVERSOLD":
      return item ? { to: `${item}?do=receive`, label: "Receive units" } : null;
    case "DRIFT":
    case "PUSH-REFUSED":
    case "WRITES-SPENT":
    case "PARENT-MANAGED":
      return item ? { to: item, label: "Look at the item" } : channel ? { to: channel, label: "Look at the channel" } : null;
    case "CHANNEL-DOWN":
    case "TOKEN":
    case "SUBSCRIPTION-DEAD":
      return channel ? { to: `${channel}?tab=connect`, label: "Check the connection" } : null;
    case "CUTOVER":
      return channel ? { to: `${channel}?tab=shadow`, label: "See what differed" } : null;
    case "PARKED":
      return { to: "/links", label: "Link it" };
    case "WAITING":
    case "STALE":
    case "LATE":
      return channel ? { to: `${channel}?tab=speed`, label: "See where time goes" } : null;
    case "WEBHOOK-DISABLED":
    case "MAIL-DOWN":
      return { to: "/settings", label: "Open settings" };
    default:
      return null;
  }
}
