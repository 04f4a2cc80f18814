// SPDX-License-Identifier: Apache-2.0
// The ledger: every unit that ever moved, with its cause and the balance after it.
import type { Movement } from "../api/types.ts";
import { useParam } from "../app/router.ts";
import { Bones, Card, Empty, Failed, Page } from "../ui/parts.tsx";
import { SkuLink } from "../ui/text.tsx";
import { ChannelSelect, Download, LocationSelect, More, Select, SkuField, SPANS, Text, useLater, usePages, useSpan } from "../work/kit.tsx";
import { KINDS, MovementTable } from "../work/movements.tsx";

export default function Ledger() {
  const [sku, setSku] = useParam("sku");
  const [location, setLocation] = useParam("location");
  const [channel, setChannel] = useParam("channel");
  const [kind, setKind] = useParam("kind");
  const [order, setOrder] = useParam("order");
  const [reference, setReference] = useParam("reference");
  const [cause] = useParam("cause");
  const [span, setSpan] = useParam("span", "all");
  const asked = useLater({ sku: sku.trim(), order: order.trim(), reference: reference.trim() }, 400);
  const pages = usePages<Movement>("/v1/movements", { ...asked, location, channel, kind, cause, from: useSpan(span), newest_first: true }, ["stock"]);
  const isFiltered = Boolean(asked.sku || asked.order || asked.reference || location || channel || kind || cause);
  return (
    <Page
      title="Ledger"
      sub="Every unit that moved, newest first, like a bank statement. Nothing is ever changed in it; a mistake is put right by another line."
      acts={
        <Download href="/v1/csv/movements" name="movements.csv">
          As a table
        </Download>
      }
    >
      <div class="stack-s">
        <div class="filters">
          <SkuField label="SKU" hidden value={sku} onChange={setSku} />
          <LocationSelect hidden none="All locations" value={location} onChange={setLocation} />
          <Select label="Kind" hidden value={kind} onChange={setKind} options={[["", "Anything that happened"], ...Object.entries(KINDS)]} />
          <ChannelSelect hidden value={channel} onChange={setChannel} />
          <Text label="Order" hidden placeholder="Order" type="search" value={order} onChange={setOrder} />
          <Text label="Reference" hidden placeholder="Reference" type="search" value={reference} onChange={setReference} />
          <Select label="Time" hidden value={span} onChange={setSpan} options={SPANS} />
        </div>
        <Card bare title={asked.sku ? <SkuLink sku={asked.sku} /> : undefined}>
          {pages.error ? <Failed error={pages.error} retry={pages.reload} /> : null}
          {pages.isLoading ? (
            <Bones />
          ) : pages.rows.length === 0 && !pages.error ? (
            <Empty title={isFiltered || span === "all" ? "No movement like that" : "Nothing moved in that time"}>
              {span === "all" ? "Take a filter away." : "Look at a longer time, or take a filter away."}
            </Empty>
          ) : (
            <MovementTable rows={pages.rows} label="Movements" showSku={!asked.sku} />
          )}
          <More pages={pages} what="movements" />
        </Card>
      </div>
    </Page>
  );
}
