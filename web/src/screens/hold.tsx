// SPDX-License-Identifier: Apache-2.0
// One hold: what it keeps and where, longer, let go, or turned into an order.
import { useState } from "preact/hooks";
import { post, seg, send } from "../api/client.ts";
import type { Hold as HoldRow, Order } from "../api/types.ts";
import { useQuery } from "../app/query.ts";
import { navigate } from "../app/router.ts";
import type { ScreenProps } from "../app/routes.ts";
import { Confirm } from "../ui/dialog.tsx";
import { plural } from "../ui/format.ts";
import { Button, Card, Loaded, Page } from "../ui/parts.tsx";
import { Num, Said, SkuLink, Time } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { Cell, ChannelSelect, Fold, Text } from "../work/kit.tsx";
import { HoldState, TimeLeft, heldUnits } from "./holds.tsx";

type Asking = "release" | "commit" | null;

const LONGER_S = 900;

export default function Hold({ params }: ScreenProps) {
  const path = `/v1/holds/${seg(params.id ?? "")}`;
  const query = useQuery<HoldRow>(path, { on: ["stock"], every: 10_000 });
  const [asking, setAsking] = useState<Asking>(null);
  const row = query.data;
  const close = () => setAsking(null);
  const longer = async () => {
    await post(`${path}/extend`, { expires_in: Math.min(86_400, (row?.expires_in ?? 0) + LONGER_S) });
    await query.reload();
    toast("Kept for 15 minutes more.");
  };
  const release = async () => {
    await send("DELETE", path);
    await query.reload();
    toast("Let go: its units are on sale again.");
  };
  return (
    <Page
      tab="Hold"
      title={row ? <Said>{row.owner}</Said> : "Hold"}
      sub={
        row && (
          <span class="row tight">
            <HoldState state={row.state} />
            <span>{row.channel ? <Said>{row.channel}</Said> : "any channel"}</span>
          </span>
        )
      }
      acts={
        row?.state === "open" && (
          <>
            <Button needs="operate" onClick={longer}>
              15 minutes more
            </Button>
            <Button needs="operate" onClick={() => setAsking("release")}>
              Let go
            </Button>
            <Button kind="first" needs="operate" onClick={() => setAsking("commit")}>
              Make it an order
            </Button>
          </>
        )
      }
    >
      <Loaded query={query}>{(data) => <Body row={data} />}</Loaded>
      {row && asking === "release" && (
        <Confirm title="Let it go?" send="Let go" onClose={close} onConfirm={release}>
          <p>{plural(heldUnits(row), "unit is", "units are")} on sale again at once, on every channel.</p>
        </Confirm>
      )}
      {row && asking === "commit" && <Commit row={row} path={path} onClose={close} />}
    </Page>
  );
}

function Body({ row }: { row: HoldRow }) {
  return (
    <div class="stack">
      <Card bare>
        <Fold label="What is kept" head={["SKU", ["Units", "num"], "From"]}>
          {row.lines.map((line, i) => (
            <tr key={i}>
              <th scope="row">
                <SkuLink sku={line.sku} />
              </th>
              <Cell h="Units" num>
                <b>
                  <Num value={line.quantity} />
                </b>
              </Cell>
              <Cell h="From">
                {line.picks.map((p, k) => (
                  <div key={k}>
                    {p.quantity} × {p.sku !== line.sku && <SkuLink sku={p.sku} />} <Said>{p.location}</Said>
                  </div>
                ))}
              </Cell>
            </tr>
          ))}
        </Fold>
      </Card>
      <dl class="pairs">
        <dt>Kept since</dt>
        <dd>
          <Time at={row.created_at} long />
        </dd>
        <dt>{row.state === "open" ? "Runs out" : "Kept until"}</dt>
        <dd>
          <Time at={row.expires_at} long />
          {row.state === "open" && (
            <>
              , <TimeLeft hold={row} />
            </>
          )}
        </dd>
      </dl>
    </div>
  );
}

/** The units themselves become the order's: nothing sold meanwhile can make it short. */
function Commit({ row, path, onClose }: { row: HoldRow; path: string; onClose: () => void }) {
  const [id, setId] = useState("");
  const [channel, setChannel] = useState(row.channel ?? "");
  const commit = async () => {
    const order = await post<Order>(`${path}/commit`, {
      ...(row.channel ? {} : { channel }),
      id: id.trim(),
      version: "1",
      lines: row.lines.map((l, i) => ({ id: String(i + 1), sku: l.sku, ordered: l.quantity })),
    });
    toast("Its units are the order's now.");
    navigate(`/orders/${seg(order.channel)}/${seg(order.id)}`);
  };
  return (
    <Confirm title="Make it an order?" send="Make it one" onClose={onClose} onConfirm={commit}>
      <p class="soft">All {plural(heldUnits(row), "unit")} of it. What the platform itself reports as an order needs nothing of this: that is for a channel of your own, such as a till.</p>
      {!row.channel && <ChannelSelect label="On which channel" none="Choose a channel" value={channel} onChange={setChannel} only={(c) => c.connector === "api"} />}
      <Text label="Number of the order" value={id} onChange={setId} required attributes={{ maxLength: 255, autocomplete: "off" }} />
    </Confirm>
  );
}
