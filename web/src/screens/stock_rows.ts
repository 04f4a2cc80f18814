// SPDX-License-Identifier: Apache-2.0
// The stock list's rows out of four lists of the API, and its filters. Pure.
import type { Difference, Listing, Sku, Stock } from "../api/types.ts";

export interface StockRow {
  sku: Sku;
  stock: Stock | undefined;
  listings: number;
  /** The oldest moment at which a listing's count was confirmed or read; 0: one never was. */
  seenAt: number | null;
  differs: boolean;
  text: string;
}

export const FILTERS = ["all", "low", "negative", "drifting", "unlinked", "stale", "bundle"] as const;
export type Filter = (typeof FILTERS)[number];

export const LOW = 5;
const STALE_MS = 24 * 3_600_000;

function seen(listing: Listing): number {
  return Math.max(Date.parse(listing.published_at ?? "") || 0, Date.parse(listing.observed_at ?? "") || 0);
}

export function stockRows(skus: Sku[], stocks: Stock[], listings: Listing[], differences: Difference[]): StockRow[] {
  const stockOf = new Map(stocks.map((s) => [s.sku, s]));
  const differs = new Set(differences.map((d) => d.sku));
  const of = new Map<string, { count: number; seenAt: number }>();
  for (const listing of listings) {
    const known = of.get(listing.sku);
    const at = seen(listing);
    if (known) {
      known.count++;
      known.seenAt = Math.min(known.seenAt, at);
    } else {
      of.set(listing.sku, { count: 1, seenAt: at });
    }
  }
  return skus.map((sku) => {
    const listed = of.get(sku.sku);
    return {
      sku,
      stock: stockOf.get(sku.sku),
      listings: listed?.count ?? 0,
      seenAt: listed ? listed.seenAt : null,
      differs: differs.has(sku.sku),
      text: `${sku.sku}\n${sku.barcode}\n${sku.product}\n${sku.title}\n${sku.aliases.join("\n")}`.toLowerCase(),
    };
  });
}

export function passes(row: StockRow, filter: Filter, words: string[], now: number): boolean {
  const available = row.stock?.available ?? 0;
  const isBundle = row.sku.components.length > 0;
  if (!words.every((word) => row.text.includes(word))) {
    return false;
  }
  switch (filter) {
    case "low":
      return !isBundle && available >= 0 && available <= LOW;
    case "negative":
      return available < 0;
    case "drifting":
      return row.differs;
    case "unlinked":
      return row.listings === 0;
    case "stale":
      return row.seenAt !== null && now - row.seenAt > STALE_MS;
    case "bundle":
      return isBundle;
    default:
      return true;
  }
}

export type SortKey = "sku" | "available" | "reserved" | "on_hand";

export function sortRows(rows: StockRow[], key: SortKey, down: boolean): StockRow[] {
  const sign = down ? -1 : 1;
  const collator = new Intl.Collator(undefined, { numeric: true });
  return [...rows].sort((a, b) => sign * (key === "sku" ? collator.compare(a.sku.sku, b.sku.sku) : (a.stock?.[key] ?? 0) - (b.stock?.[key] ?? 0)));
}
