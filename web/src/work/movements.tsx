// SPDX-License-Identifier: Apache-2.0
// Movements as people read them: a kind in words, from where to where, the balance after.
import type { Movement } from "../api/types.ts";
import { ChannelLink, Num, Said, SkuLink, Time } from "../ui/text.tsx";
import { Cell, Fold, OrderLink } from "./kit.tsx";
import { type BookedLine, changesOf } from "./replay_model.ts";

export const KINDS: Record<Movement["kind"], string> = {
  open: "opening balance",
  receive: "received",
  reserve: "ordered",
  release: "order released",
  hold: "held for a checkout",
  hold_release: "checkout let go",
  hold_expire: "checkout ran out",
  hold_commit: "checkout became an order",
  ship: "shipped",
  unship: "shipment taken back",
  return: "came back",
  restock: "back on sale",
  unrestock: "restock taken back",
  no_restock: "refunded, not back on sale",
  scrap: "scrapped",
  damage: "damaged",
  set_aside: "set aside",
  restore: "back on sale by hand",
  write_off: "written off",
  transfer_out: "left on a transfer",
  transfer_in: "arrived by transfer",
  transfer_short: "missing on a transfer",
  transfer_damaged: "damaged on a transfer",
  transfer_cancel: "transfer called off",
  count: "counted",
  adjust: "adjusted",
};

const BUCKETS: Record<string, string> = {
  outside: "outside",
  available: "available",
  held: "held",
  reserved: "reserved",
  unavailable: "not for sale",
  in_transit: "in transit",
};

interface Account {
  location: string | null;
  bucket: string;
}

function AccountName({ account }: { account: unknown }) {
  const { location, bucket } = (account ?? {}) as Account;
  return (
    <span class="account">
      {location && (
        <>
          <Said>{location}</Said>{" "}
        </>
      )}
      <span class="soft">{BUCKETS[bucket] ?? bucket}</span>
    </span>
  );
}

/** One movement is one line of the bank statement; `showSku` false where all are of one SKU. */
export function MovementTable({ rows, label, showSku = true }: { rows: Movement[]; label: string; showSku?: boolean }) {
  return (
    <Fold label={label} head={["Recorded", ...(showSku ? ["SKU"] : []), "What", ["Units", "num"], "From", ["Left there", "num"], "To", ["Then there", "num"], "Cause"]}>
      {rows.map((m) => (
        <tr key={m.id}>
          <Cell h="Recorded">
            <Time at={m.recorded_at} />
            {m.happened_at && m.recorded_at && Math.abs(Date.parse(m.recorded_at) - Date.parse(m.happened_at)) > 60_000 && (
              <small class="soft under">
                happened <Time at={m.happened_at} />
              </small>
            )}
          </Cell>
          {showSku && (
            <Cell h="SKU">
              <SkuLink sku={m.sku} />
            </Cell>
          )}
          <Cell h="What">
            {KINDS[m.kind]}
            {m.reason && (
              <small class="soft under">
                <Said>{m.reason}</Said>
              </small>
            )}
          </Cell>
          <Cell h="Units" num>
            <b>
              <Num value={m.quantity} />
            </b>
          </Cell>
          <Cell h="From">
            <AccountName account={m.from} />
          </Cell>
          <Cell h="Left there" num>
            <Num value={m.from_after} />
          </Cell>
          <Cell h="To">
            <AccountName account={m.to} />
          </Cell>
          <Cell h="Then there" num>
            <Num value={m.to_after} />
          </Cell>
          <Cell h="Cause">
            <Cause m={m} />
          </Cell>
        </tr>
      ))}
    </Fold>
  );
}

function Cause({ m }: { m: Movement }) {
  if (m.order && m.channel) {
    return (
      <>
        order <OrderLink channel={m.channel} order={m.order} />
        <small class="soft under">
          <ChannelLink code={m.channel} />
        </small>
      </>
    );
  }
  if (m.reference) {
    return <Said>{m.reference}</Said>;
  }
  return <span class="faint">by hand</span>;
}

/** What movements add to each figure: the difference a rehearsal shows. */
export function Changes({ movements }: { movements: BookedLine[] | Movement[] }) {
  const rows = changesOf(movements as BookedLine[]);
  if (rows.length === 0) {
    return <p class="soft">What is booked and taken back cancels out.</p>;
  }
  return (
    <Fold label="What changes" head={["SKU", "Location", ["Available", "num"], ["Reserved", "num"], ["Not for sale", "num"]]}>
      {rows.map((r) => (
        <tr key={`${r.sku} ${r.location}`}>
          <th scope="row">
            <SkuLink sku={r.sku} />
          </th>
          <Cell h="Location">
            <Said>{r.location}</Said>
          </Cell>
          <Cell h="Available" num class={r.available ? "differs" : ""}>
            <Num value={r.available} signed />
          </Cell>
          <Cell h="Reserved" num class={r.reserved ? "differs" : ""}>
            <Num value={r.reserved} signed />
          </Cell>
          <Cell h="Not for sale" num class={r.unavailable ? "differs" : ""}>
            <Num value={r.unavailable} signed />
          </Cell>
        </tr>
      ))}
    </Fold>
  );
}
