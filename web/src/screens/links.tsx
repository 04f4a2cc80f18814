// SPDX-License-Identifier: Apache-2.0
// What is wrong with SKUs and barcodes on the channels, what to do about each, and linking by hand.
import { useState } from "preact/hooks";
import { get, type List, patch, post, seg } from "../api/client.ts";
import { plainWords } from "../api/plain_words.ts";
import type { Finding, Listing } from "../api/types.ts";
import { useParam } from "../app/router.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Bones, Button, Card, Choice, Empty, Failed, Form, Page } from "../ui/parts.tsx";
import { Age, ChannelLink, Said, SkuLink, Tag } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { ChannelSelect, Download, Select, SkuField, Units, useAll, useChannels } from "../work/kit.tsx";

const KIND_TEXTS: Record<Finding["kind"], string> = {
  blank: "no SKU",
  duplicate: "the same SKU twice",
  look_alike: "looks alike",
  spelling: "spelt differently",
  hidden_character: "a character nobody sees",
  foreign_letter: "a letter of another alphabet",
  unusable: "cannot be a SKU",
  unknown: "no SKU of yours",
  taken: "sold by another item",
  listed_twice: "linked twice",
  parent_managed: "its parent counts",
  unmanaged: "not counted there",
  elsewhere: "lies elsewhere",
  pack_size: "may be a pack",
  barcode_wrong: "wrong barcode",
  barcode_shared: "shared barcode",
  barcode_differs: "another barcode",
  barcode_known: "a barcode of yours",
  same_account: "connected twice",
};

/** Stands in the way of linking: the item is sold, and its orders and counts reach no SKU. */
function isUnlinked(f: Finding): boolean {
  return f.remote !== null && f.listing === null;
}

type Which = "unlinked" | "linked" | "own" | "all";

const SHOWN = 100;

export default function Links() {
  const [channel, setChannel] = useParam("channel");
  const [kind, setKind] = useParam("kind");
  const [which, setWhich] = useParam("which", "unlinked");
  const [shown, setShown] = useState(SHOWN);
  const [linking, setLinking] = useState<Finding | null>(null);
  const list = useAll<Finding>("/v1/doctor", { channel, kind }, 20_000);
  const channels = useChannels();
  const groups: Record<Which, Finding[]> = {
    unlinked: list.rows.filter(isUnlinked),
    linked: list.rows.filter((f) => f.remote !== null && f.listing !== null),
    own: list.rows.filter((f) => f.remote === null),
    all: list.rows,
  };
  const rows = groups[(which in groups ? which : "unlinked") as Which];
  const filter = new URLSearchParams(Object.entries({ channel, kind }).filter(([, v]) => v)).toString();
  return (
    <Page
      title="Links and SKU doctor"
      sub="What the last imports found: what could not be linked, and what looks right and may not be. Nothing is changed by itself."
      acts={
        <>
          <a class="button" href="/links/opening">
            Opening balance
          </a>
          <Download href={`/v1/doctor.csv${filter ? `?${filter}` : ""}`} name="doctor.csv">
            As a table
          </Download>
        </>
      }
    >
      <div class="stack-s">
        <Choice
          label="Which findings"
          value={which as Which}
          onChange={setWhich}
          options={[
            { value: "unlinked", label: `To link ${groups.unlinked.length}` },
            { value: "linked", label: `Linked, but look ${groups.linked.length}` },
            { value: "own", label: `Your own SKUs ${groups.own.length}` },
            { value: "all", label: `All ${groups.all.length}` },
          ]}
        />
        <div class="filters">
          <ChannelSelect hidden value={channel} onChange={setChannel} />
          <Select label="Kind of finding" hidden value={kind} onChange={setKind} options={[["", "Any kind"], ...Object.entries(KIND_TEXTS)]} />
        </div>
        {list.error ? <Failed error={list.error} retry={list.reload} /> : null}
        {!list.isDone && list.rows.length === 0 ? (
          <Card bare>
            <Bones />
          </Card>
        ) : rows.length === 0 ? (
          <Card>
            <Empty
              title={channels.length === 0 ? "No channel is connected" : which === "unlinked" && list.rows.length > 0 ? "Everything is linked" : "Nothing was found"}
              acts={
                <a class="button" href="/channels">
                  Channels
                </a>
              }
            >
              {channels.length === 0
                ? "Connect one and import its catalogue: what cannot be linked by itself is listed here, with what to do."
                : "Importing a channel's catalogue again is how you find out what is new or mended."}
            </Empty>
          </Card>
        ) : (
          <ul class="findings">
            {rows.slice(0, shown).map((f) => (
              <Found key={f.id} finding={f} onLink={() => setLinking(f)} />
            ))}
          </ul>
        )}
        {rows.length > shown && (
          <p class="more">
            <Button onClick={() => setShown(shown + SHOWN)}>More findings</Button>
          </p>
        )}
      </div>
      {linking && (
        <LinkByHand
          finding={linking}
          onClose={() => setLinking(null)}
          onDone={() => {
            setLinking(null);
            list.reload();
          }}
        />
      )}
    </Page>
  );
}

function Found({ finding: f, onLink }: { finding: Finding; onLink: () => void }) {
  const remote = Object.entries(f.remote ?? {});
  return (
    <li class="card finding">
      <div class="in">
        <div class="row">
          <Tag tone={isUnlinked(f) ? "soon" : "plain"} title={f.about}>
            {KIND_TEXTS[f.kind]}
          </Tag>
          {f.channel ? <ChannelLink code={f.channel} /> : <span class="soft">your own SKU</span>}
          <span class="soft small">
            seen <Age at={f.seen_at} />
          </span>
        </div>
        <h2>
          {f.sku ? f.remote === null || f.listing ? <SkuLink sku={f.sku} /> : <Said>{f.sku}</Said> : <span class="faint">no SKU</span>}
          {f.title && (
            <small class="soft">
              {" "}
              <Said>{f.title}</Said>
            </small>
          )}
        </h2>
        <p class="break">
          <Said>{f.detail}</Said>
        </p>
        <p class="soft break">
          <Said>{plainWords(f.action)}</Said>
        </p>
        {f.other && !f.detail.includes(f.other) && (
          <p class="small">
            It meets <Said>{f.other}</Said>
          </p>
        )}
        <div class="row">
          <span class="grow faint xs break">
            {remote.map(([name, value]) => (
              <span key={name} class="piece">
                {name.replace(/_/g, " ")} <Said>{String(value)}</Said>
              </span>
            ))}
          </span>
          {isUnlinked(f) && f.kind !== "unmanaged" && f.kind !== "parent_managed" && f.kind !== "elsewhere" && (
            <Button small kind="first" needs="operate" label={`Link by hand: ${f.sku || f.title}`} onClick={onLink}>
              Link by hand
            </Button>
          )}
        </div>
      </div>
    </li>
  );
}

/** A new SKU of the item's own code is linked to it by the server, as one unit. */
async function createdAndLinked(f: Finding, sku: string): Promise<Listing | null> {
  await post("/v1/skus", { sku, title: f.title });
  const { items } = await get<List<Listing>>("/v1/listings", { channel: f.channel, sku, limit: 100 });
  return items.find((l) => Object.entries(f.remote ?? {}).every(([name, id]) => l.remote[name] === id)) ?? null;
}

/** A listing is the link: this item of the channel sells that SKU, so many in one. */
function LinkByHand({ finding: f, onClose, onDone }: { finding: Finding; onClose: () => void; onDone: () => void }) {
  const [sku, setSku] = useState(f.other ?? f.sku);
  const [pack, setPack] = useState(String(f.units ?? 1));
  const [isNew, setNew] = useState(f.kind === "unknown" && !f.other);
  const send = async () => {
    const code = sku.trim();
    const pack_size = Number(pack);
    const known = isNew ? await createdAndLinked(f, code) : null;
    if (!known) {
      await post<Listing>("/v1/listings", { channel: f.channel, sku: code, remote: f.remote, pack_size });
    } else if (known.pack_size !== pack_size) {
      await patch<Listing>(`/v1/listings/${seg(known.id)}`, { pack_size });
    }
    toast(`Linked to ${sku.trim()}. Orders that waited for it are booked now.`);
    onDone();
  };
  return (
    <Dialog title="Link by hand" onClose={onClose}>
      <Form
        onSubmit={send}
        send="Link"
        disabled={!sku.trim() || Number(pack) < 1}
        acts={
          <button type="button" class="button" onClick={onClose}>
            Not now
          </button>
        }
      >
        <p class="note break">
          On <bdi>{f.channel}</bdi>: <Said>{f.title || f.sku || "an item without a name"}</Said>
          {f.sku && (
            <>
              {" "}
              (<Said>{f.sku}</Said>)
            </>
          )}
        </p>
        <SkuField label="Sells your SKU" value={sku} onChange={setSku} required />
        <label class="check">
          <input type="checkbox" checked={isNew} onChange={(e) => setNew(e.currentTarget.checked)} />
          <span>It is not there yet: create the SKU</span>
        </label>
        <Units label="Units in one sold there" value={pack} min={1} onChange={setPack} help="A pack of six sells six of the SKU." />
      </Form>
    </Dialog>
  );
}
