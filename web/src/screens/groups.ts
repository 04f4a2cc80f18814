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

export interface Step {
  to: string;
  label: string;
}

/** The five forms of what is not booked differ by what lacks. */
function parkedSteps(incident: Incident, channel: string | null): Step[] {
  const links: Step = { to: `/links${incident.channel ? `?channel=${encodeURIComponent(incident.channel)}` : ""}`, label: "Link it" };
  if (/location_map/.test(incident.action)) {
    return channel ? [{ to: `${channel}?tab=connect`, label: "Map the location" }] : [];
  }
  if (/route/.test(incident.action) && !/listing/i.test(incident.action)) {
    return [{ to: "/rules", label: "Change the route" }];
  }
  if (incident.delivery && /replay/.test(incident.action)) {
    return [{ to: `/deliveries/${encodeURIComponent(incident.delivery)}`, label: "Open the message" }];
  }
  if (/by hand/.test(incident.action)) {
    return incident.sku ? [{ to: `/item/${encodeURIComponent(incident.sku)}?do=receive`, label: "Move units" }] : [{ to: "/stock", label: "Move units" }];
  }
  return [links];
}

/** What cures it, as links of this page; the most likely first. */
export function stepsOf(incident: Incident): Step[] {
  const item = incident.sku ? `/item/${encodeURIComponent(incident.sku)}` : null;
  const channel = incident.channel ? `/channels/${encodeURIComponent(incident.channel)}` : null;
  const order = incident.order && channel ? { to: `/orders/${encodeURIComponent(incident.channel!)}/${encodeURIComponent(incident.order)}`, label: "Open the order" } : null;
  const pushes: Step = { to: `/pushes${incident.channel ? `?channel=${encodeURIComponent(incident.channel)}` : ""}`, label: "See its pushes" };
  const at = (tab: string, label: string): Step[] => (channel ? [{ to: `${channel}?tab=${tab}`, label }] : []);
  switch (incident.code) {
    case "OVERSOLD":
      return [...(item ? [{ to: `${item}?do=receive`, label: "Receive units" }] : []), { to: "/transfers", label: "Bring units from another place" }, ...(order ? [order] : [])];
    case "DRIFT":
      return [...(item ? [{ to: item, label: "Look at the item" }] : []), ...at("shadow", "See what differs")];
    case "PUSH-REFUSED":
    case "WRITES-SPENT":
    case "PARENT-MANAGED":
      return [...(item ? [{ to: item, label: "Look at the item" }] : []), pushes];
    case "CHANNEL-DOWN":
    case "TOKEN":
    case "SUBSCRIPTION-DEAD":
    case "STALE":
      return at("connect", "Check the connection");
    case "CUTOVER":
      return [...at("shadow", "See what differed"), ...at("over", "Take it over again")];
    case "PARKED":
      return [...parkedSteps(incident, channel), ...(order ? [order] : [])];
    case "WAITING":
    case "THROTTLED":
      return [pushes, ...at("speed", "See where time goes")];
    case "LATE":
      return at("speed", "See where time goes");
    case "RESTORED":
      return [{ to: "/channels", label: "See the channels" }, { to: "/ledger", label: "See the ledger" }];
    case "WEBHOOK-DISABLED":
    case "MAIL-DOWN":
      return [{ to: "/settings?tab=alerts", label: "Open alerts" }];
    default:
      return [];
  }
}

export function firstStep(incident: Incident): Step | null {
  return stepsOf(incident)[0] ?? null;
}
