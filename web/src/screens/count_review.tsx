// SPDX-License-Identifier: Apache-2.0
// The differences of a stock take, before they are booked, and what was booked.
import { useState } from "preact/hooks";
import { post, seg } from "../api/client.ts";
import type { Count, CountLine } from "../api/types.ts";
import { navigate } from "../app/router.ts";
import { Confirm } from "../ui/dialog.tsx";
import { difference, plural } from "../ui/format.ts";
import { Button, Card, Choice, Empty, Figure } from "../ui/parts.tsx";
import { Num, SkuLink, Time } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { Cell, Fold, Text } from "../work/kit.tsx";
import { CountState } from "./counts.tsx";
import { cancelCount } from "./count.tsx";

type Shown = "differences" | "all" | "uncounted";

export function CountReview({ count, onChange }: { count: Count; onChange: () => Promise<void> }) {
  const [shown, setShown] = useState<Shown>("differences");
  const [asking, setAsking] = useState<"post" | "cancel" | null>(null);
  const [reason, setReason] = useState(count.reason || "stock take");
  const lines = count.lines ?? [];
  const counted = lines.filter((l) => l.counted !== null);
  const differing = counted.filter((l) => (l.difference ?? 0) !== 0);
  const uncounted = lines.filter((l) => l.counted === null);
  const found = differing.reduce((sum, l) => sum + Math.max(0, l.difference ?? 0), 0);
  const missing = differing.reduce((sum, l) => sum + Math.min(0, l.difference ?? 0), 0);
  const rows = { differences: differing, all: counted, uncounted }[shown];
  const isOpen = count.state === "review";

  const book = async () => {
    await post(`/v1/counts/${seg(count.id)}/post`, { reason });
    toast(`Booked: ${plural(differing.length, "difference")}.`);
    await onChange();
  };
  return (
    <div class="stack">
      <Card>
        <dl class="figures">
          <Figure label="SKUs counted">
            <Num value={counted.length} />
          </Figure>
          <Figure label="differ">
            <Num value={differing.length} />
          </Figure>
          <Figure label="units found">
            <Num value={found} signed />
          </Figure>
          <Figure label="units missing">
            <Num value={missing} signed />
          </Figure>
        </dl>
        <div class="row review-acts">
          <CountState state={count.state} />
          {isOpen ? (
            <>
              <span class="beside soft small">Booked in one step. What sold while you counted is reckoned in already.</span>
              <Button needs="operate" onClick={() => setAsking("cancel")}>
                Give it up
              </Button>
              <Button kind="first" needs="operate" onClick={() => setAsking("post")}>
                Book the differences
              </Button>
            </>
          ) : (
            <span class="soft">
              {count.state === "posted" ? "Booked" : "Ended"} <Time at={count.closed_at} long />
            </span>
          )}
        </div>
      </Card>
      <Choice
        label="Which lines"
        value={shown}
        onChange={setShown}
        options={[
          { value: "differences", label: `Differences ${differing.length}` },
          { value: "all", label: `All counted ${counted.length}` },
          ...(uncounted.length > 0 ? [{ value: "uncounted" as const, label: `Not counted ${uncounted.length}` }] : []),
        ]}
      />
      <Card bare>
        {rows.length === 0 ? (
          <Empty title={shown === "differences" ? "No differences" : "Nothing here"}>
            {shown === "differences" ? "What was counted is what the ledger had, at the very instant of each count." : null}
          </Empty>
        ) : (
          <Fold label="Lines of the stock take" head={["SKU", ["Counted", "num"], ["Ledger had", "num"], ["Difference", "num"], "Counted at", ""]}>
            {rows.map((line) => (
              <Line key={line.sku} line={line} count={count} onChange={onChange} />
            ))}
          </Fold>
        )}
      </Card>
      {asking === "post" && (
        <Confirm title="Book these differences?" send="Book them" onClose={() => setAsking(null)} onConfirm={book}>
          <p>
            {plural(differing.length, "SKU")} change: {difference(found)} found, {difference(missing)} missing at <bdi>{count.location}</bdi>. All channels are told at once.
          </p>
          <Text label="Reason" value={reason} onChange={setReason} required help="It stands in the ledger with each line." attributes={{ maxLength: 255 }} />
        </Confirm>
      )}
      {asking === "cancel" && (
        <Confirm
          title="Give it up?"
          send="Give it up"
          kind="danger"
          onClose={() => setAsking(null)}
          onConfirm={async () => {
            await cancelCount(count.id);
            toast("Given up. Nothing was booked.");
            navigate("/counts");
          }}
        >
          <p>Nothing of it will be booked.</p>
        </Confirm>
      )}
    </div>
  );
}

function Line({ line, count, onChange }: { line: CountLine; count: Count; onChange: () => Promise<void> }) {
  const [again, setAgain] = useState<string | null>(null);
  const mayAgain = count.state === "review" && !count.blind;
  const send = async () => {
    await post(`/v1/counts/${seg(count.id)}/lines`, { lines: [{ sku: line.sku, quantity: Number(again) }] });
    setAgain(null);
    await onChange();
  };
  return (
    <tr>
      <th scope="row">
        <SkuLink sku={line.sku} />
      </th>
      <Cell h="Counted" num>
        {again === null ? (
          <Num value={line.counted} none="not counted" />
        ) : (
          <input class="figure-field" inputMode="numeric" aria-label={`Units of ${line.sku}, counted again`} value={again} onInput={(e) => setAgain(e.currentTarget.value)} />
        )}
      </Cell>
      <Cell h="Ledger had" num>
        <Num value={line.expected} />
      </Cell>
      <Cell h="Difference" num class={line.difference ? "differs" : ""}>
        <Num value={line.difference} signed />
      </Cell>
      <Cell h="Counted at">
        <Time at={line.counted_at} />
      </Cell>
      <Cell class="acts-cell">
        {mayAgain &&
          (again === null ? (
            <Button small needs="operate" onClick={() => setAgain(String(line.counted ?? ""))}>
              Count again
            </Button>
          ) : (
            <Button small kind="first" needs="operate" disabled={!/^\d{1,10}$/.test(again)} onClick={send}>
              Save
            </Button>
          ))}
      </Cell>
    </tr>
  );
}
