// SPDX-License-Identifier: Apache-2.0
/*
 * replay_model - what a replay would change, folded into what a person can judge: per order what is
 * booked, per SKU what is added to each figure.
 */

export interface BookedLine {
  kind: string;
  sku: string;
  quantity: number;
  from?: { location: string | null; bucket: string } | null;
  to?: { location: string | null; bucket: string } | null;
}

export interface SkuChange {
  sku: string;
  location: string;
  available: number;
  reserved: number;
  unavailable: number;
  held: number;
  in_transit: number;
}

/** Signed, per SKU and location, what movements add to each bucket. Those that add nothing are left out. */
export function changesOf(movements: readonly BookedLine[]): SkuChange[] {
  const rows = new Map<string, SkuChange>();
  const add = (sku: string, account: BookedLine["from"], quantity: number) => {
    if (!account || account.bucket === "outside" || account.location === null) {
      return;
    }
    const key = `${sku}\u0000${account.location}`;
    let row = rows.get(key);
    if (!row) {
      row = {
        sku,
        location: account.location,
        available: 0,
        reserved: 0,
        unavailable: 0,
        held: 0,
        in_transit: 0,
      };
      rows.set(key, row);
    }
    row[account.bucket as "available"] += quantity;
  };
  for (const m of movements) {
    add(m.sku, m.from, -m.quantity);
    add(m.sku, m.to, m.quantity);
  }
  return [...rows.values()].filter(
    (r) => r.available || r.reserved || r.unavailable || r.held || r.in_transit,
  );
}

/** "+3", "−2", "0": a change, with a true minus sign so that columns line up. */
export function signed(n: number): string {
  return n > 0 ? `+${n.toLocaleString("en")}` : n < 0 ? `\u2212${(-n).toLocaleString("en")}` : "0";
}
