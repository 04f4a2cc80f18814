// SPDX-License-Identifier: Apache-2.0
// What the server's codes are called on the page, for people who run a shop.
import { plainWords } from "../api/plain_words.ts";
import type { Channel, Incident, Listing, Movement } from "../api/types.ts";
import type { Tone } from "../ui/text.tsx";

const INCIDENTS: Record<string, string> = {
  OVERSOLD: "Oversold",
  PARKED: "Not booked yet",
  DRIFT: "Count differs",
  "PUSH-REFUSED": "Listing refused",
  "WRITES-SPENT": "Writes used up",
  "PARENT-MANAGED": "Counted at the parent",
  LATE: "Late",
  "CHANNEL-DOWN": "Channel down",
  TOKEN: "Access refused",
  "SUBSCRIPTION-DEAD": "Messages stopped",
  WAITING: "Queue stands still",
  STALE: "Not confirmed for a day",
  CUTOVER: "Fell back to shadow",
  "WEBHOOK-DISABLED": "Alerts switched off",
  "MAIL-DOWN": "Mail not taken",
  THROTTLED: "Slowed down",
  "DISK-LOW": "Disk nearly full",
  "STORE-REFUSE": "Disk refuses",
  "STORE-CORRUPT": "Log damaged",
  CLOCK: "Clock off",
  LIMIT: "Over a limit",
  DURABILITY: "Not safe from power cuts",
  RESTORED: "Put back from a backup",
  "BACKUP-FAILED": "No backup made",
  "VERIFY-OK": "Numbers proven",
};

export function incidentName(code: string): string {
  return INCIDENTS[code] ?? code;
}

export const URGENCY: Record<Incident["urgency"], { tone: Tone; name: string }> = {
  now: { tone: "now", name: "now" },
  soon: { tone: "soon", name: "today" },
  info: { tone: "plain", name: "to know" },
};

const CONNECTORS: Record<string, string> = {
  shopify: "Shopify",
  woocommerce: "WooCommerce",
  bigcommerce: "BigCommerce",
  amazon: "Amazon",
  ebay: "eBay",
  walmart: "Walmart",
  tiktok: "TikTok Shop",
  etsy: "Etsy",
  api: "Own shop or till",
};

export function connectorName(connector: string): string {
  return CONNECTORS[connector] ?? connector;
}

export const MODES: Record<Channel["mode"], { tone: Tone; name: string; about: string }> = {
  live: { tone: "good", name: "live", about: "Its orders are booked, and its counts are written." },
  shadow: { tone: "soon", name: "shadow", about: "Its orders are booked and its counts compared; nothing is written." },
  off: { tone: "plain", name: "off", about: "Its messages are kept; nothing is booked or written." },
};

export const LISTING_STATES: Record<Listing["state"], { tone: Tone; name: string }> = {
  ok: { tone: "good", name: "right" },
  waiting: { tone: "plain", name: "waiting" },
  in_flight: { tone: "plain", name: "being told" },
  unknown: { tone: "soon", name: "answer lost" },
  refused: { tone: "soon", name: "refused" },
  parent_managed: { tone: "soon", name: "counted at the parent" },
  unmanaged: { tone: "soon", name: "not counted there" },
  paused: { tone: "soon", name: "paused" },
};

const KINDS: Record<Movement["kind"], string> = {
  open: "Opening balance",
  receive: "Received",
  reserve: "Order placed",
  release: "Order cancelled",
  hold: "Held for a checkout",
  hold_release: "Checkout left",
  hold_expire: "Checkout ran out",
  hold_commit: "Checkout became an order",
  ship: "Shipped",
  unship: "Shipment taken back",
  return: "Came back",
  restock: "Restocked",
  unrestock: "Restock taken back",
  no_restock: "Refunded, not restocked",
  scrap: "Scrapped",
  damage: "Damaged",
  set_aside: "Set aside",
  restore: "Put back on sale",
  write_off: "Written off",
  transfer_out: "Sent to another location",
  transfer_in: "Arrived from another location",
  transfer_short: "Missing on arrival",
  transfer_damaged: "Damaged on arrival",
  transfer_cancel: "Transfer cancelled",
  count: "Counted",
  adjust: "Adjusted",
};

export function activity(kind: Movement["kind"]): string {
  return KINDS[kind] ?? kind;
}

export const BUCKETS: Record<string, string> = {
  available: "available",
  held: "held",
  reserved: "reserved",
  unavailable: "unavailable",
  in_transit: "on its way",
  outside: "outside",
};

/** What to do: the server's words, but where the page has a shorter way. */
const ACTIONS: Record<string, string> = {
  OVERSOLD: "Receive units, bring them from another place, or cancel the line with the buyer.",
  "PUSH-REFUSED": "Mend the listing on the channel, or its ids here. Then open the item, press why, and Look again.",
  "WRITES-SPENT": "See what else writes this listing there: all writers share the day's allowance.",
  "PARENT-MANAGED": "Count the parent as one item, or let the shop count the variation. Then press Look again at the item.",
  TOKEN: "Connect the channel again, with new credentials.",
  "SUBSCRIPTION-DEAD": "Check the connection, and do what it says.",
  WAITING: "See what the channel answers, under Pushes: most often its limits are used up, by us or by another app.",
  STALE: "See whether the channel answers: check its connection.",
  CUTOVER: "Find out who else writes, under Agreement, and stop it; then take over again. Until then the tool from before must keep the counts.",
  "WEBHOOK-DISABLED": "Mend the receiver, then switch it on again in Settings.",
};

export function actionOf(incident: Incident): string {
  return ACTIONS[incident.code] ?? plainWords(incident.action);
}
