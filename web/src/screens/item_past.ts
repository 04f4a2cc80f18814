// SPDX-License-Identifier: Apache-2.0
// An item's past out of its movements, newest first: what every bucket held after each, and the line
// of what was available. Pure.
import type { Movement, Stock } from "../api/types.ts";

export type Buckets = Record<"available" | "reserved" | "held" | "unavailable" | "in_transit", number>;

export interface PastRow {
  movement: Movement;
  location: string;
  after: Buckets;
}

function none(): Buckets {
  return { available: 0, reserved: 0, held: 0, unavailable: 0, in_transit: 0 };
}

/** Undoes movement by movement, from what is there now. Each movement's own figures hold where they
 * say something, so that one which came between two readings does no harm. */
export function pastRows(movements: Movement[], stock: Stock): PastRow[] {
  const at = new Map<string, Buckets>();
  for (const l of stock.locations) {
    at.set(l.location, { available: l.available, reserved: l.reserved, held: l.held, unavailable: l.unavailable, in_transit: l.in_transit });
  }
  const of = (location: string) => {
    const found = at.get(location) ?? none();
    at.set(location, found);
    return found;
  };
  return movements.map((movement) => {
    const sides = [
      { account: movement.from, after: movement.from_after, back: movement.quantity },
      { account: movement.to, after: movement.to_after, back: -movement.quantity },
    ];
    for (const { account, after } of sides) {
      // What is unavailable has a reason of its own each, and the figure is that reason's.
      if (account.location && account.bucket !== "outside" && account.bucket !== "unavailable" && after !== null) {
        of(account.location)[account.bucket] = after;
      }
    }
    const location = movement.to.location ?? movement.from.location ?? "";
    const row = { movement, location, after: { ...of(location) } };
    for (const { account, back } of sides) {
      if (account.location && account.bucket !== "outside") {
        of(account.location)[account.bucket] += back;
      }
    }
    return row;
  });
}

export interface Point {
  at: number;
  available: number;
}

/** What was available in all after each movement, oldest first. */
export function availableLine(movements: Movement[], stock: Stock): Point[] {
  let available = stock.available;
  const points: Point[] = [];
  for (const m of movements) {
    points.push({ at: Date.parse(m.recorded_at ?? m.happened_at ?? ""), available });
    available -= (m.to.bucket === "available" ? m.quantity : 0) - (m.from.bucket === "available" ? m.quantity : 0);
  }
  return points.filter((p) => Number.isFinite(p.at)).reverse();
}
