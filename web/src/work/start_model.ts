// SPDX-License-Identifier: Apache-2.0
/*
 * start_model - the way from an empty server to the first channel in shadow mode: what is done is
 * told by what is there, never by a mark that somebody set.
 */

export interface StartFacts {
  locations: number;
  /** Channels that speak a platform or our API. */
  channels: { code: string; connector: string; mode: string }[];
  skus: number;
  listings: number;
  /** There are more than were counted. */
  skusMore?: boolean;
  listingsMore?: boolean;
  /** Findings of the doctor that stand in the way of linking. */
  unlinked: number;
  /** Has any unit been booked? */
  moved: boolean;
}

export interface StartStep {
  id: "locations" | "channel" | "import" | "doctor" | "opening" | "shadow";
  title: string;
  says: string;
  href: string;
  action: string;
  state: "done" | "next" | "later";
}

function many(n: number, one: string, more: string, andMore = false): string {
  return n === 1 && !andMore ? `1 ${one}` : `${andMore ? "more than " : ""}${n.toLocaleString("en")} ${more}`;
}

export function startSteps(facts: StartFacts): StartStep[] {
  const shops = facts.channels.filter((c) => c.connector !== "api");
  const only_api = facts.channels.length > 0 && shops.length === 0;
  const steps: (Omit<StartStep, "state"> & { done: boolean })[] = [
    {
      id: "locations",
      title: "Say where your stock lies",
      says: facts.locations > 0
        ? `${many(facts.locations, "location", "locations")}.`
        : "A warehouse, a shop, a garage: each place that holds units has a name here.",
      href: "/rules",
      action: "Add a location",
      done: facts.locations > 0,
    },
    {
      id: "channel",
      title: "Connect your first channel",
      says: facts.channels.length > 0
        ? `${facts.channels.slice(0, 3).map((c) => c.code).join(", ")}${
          facts.channels.length > 3 ? " and others" : ""}.`
        : "It starts in shadow mode: we read its orders and compare, and write nothing.",
      href: "/channels",
      action: "Connect a channel",
      done: facts.channels.length > 0,
    },
    {
      id: "import",
      title: "Import its catalogue",
      says: facts.listings > 0
        ? `${many(facts.skus, "SKU", "SKUs", facts.skusMore)} and ${
          many(facts.listings, "listing", "listings", facts.listingsMore)}.`
        : only_api
         ? "Your channel speaks our API: create SKUs and listings, or send them as a table."
         : "Items with the same SKU are linked by themselves.",
      href: shops[0] ? `/channels/${encodeURIComponent(shops[0].code)}?tab=connect` : "/stock",
      action: "Import",
      done: facts.listings > 0,
    },
    {
      id: "doctor",
      title: "See what could not be linked",
      says: facts.listings === 0
        ? "Missing, doubled and look-alike SKUs, each with what to do."
        : facts.unlinked > 0
         ? `${many(facts.unlinked, "item is", "items are")} not linked yet.`
         : "Everything that was imported is linked.",
      href: "/links",
      action: "Open the SKU doctor",
      done: facts.listings > 0 && facts.unlinked === 0,
    },
    {
      id: "opening",
      title: "Choose the first figures",
      says: facts.moved
        ? "The ledger has begun."
        : "Where all agree, take it with one press; where they do not, choose or count. " +
         "Until then no shop is written to.",
      href: "/links/opening",
      action: "Opening balance",
      done: facts.moved,
    },
    {
      id: "shadow",
      title: "Watch it in shadow, then go live",
      says: facts.channels.some((c) => c.mode === "live")
        ? `${facts.channels.filter((c) => c.mode === "live").map((c) => c.code).slice(0, 3)
          .join(", ")} ${facts.channels.filter((c) => c.mode === "live").length === 1
          ? "is" : "are"} live.`
        : "Each day its counts are compared with ours. When they agree, take it over.",
      href: shops[0] ? `/channels/${encodeURIComponent(shops[0].code)}` : "/channels",
      action: "Shadow report",
      done: facts.channels.some((c) => c.mode === "live"),
    },
  ];
  const next = steps.findIndex((step) => !step.done);
  return steps.map(({ done, ...step }, i) => ({
    ...step,
    state: done ? "done" : i === next ? "next" : "later",
  }));
}
