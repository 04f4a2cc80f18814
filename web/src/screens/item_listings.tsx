// SPDX-License-Identifier: Apache-2.0
// What every channel shows of an item: what it may, what it was told, what it showed when last read.
import { useState } from "preact/hooks";
import { getTagged, patch, post } from "../api/client.ts";
import { plainWords } from "../api/plain_words.ts";
import type { Availability, Listing, ListingAvailability } from "../api/types.ts";
import { may } from "../app/session.ts";
import { Dialog } from "../ui/dialog.tsx";
import { count, plural, range, stretch } from "../ui/format.ts";
import { Button, Card, Empty, Field, Form, Table } from "../ui/parts.tsx";
import { Age, ChannelLink, Num, Said, Tag } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { Why } from "./why.tsx";
import { LISTING_STATES } from "./words.ts";

function limit(text: string): number | null {
  return text.trim() === "" ? null : Number(text);
}

function ListingRules({ listing, onClose, onDone }: { listing: Listing; onClose: () => void; onDone: () => unknown }) {
  const [rules, setRules] = useState({
    buffer: listing.buffer?.toString() ?? "",
    percent: listing.percent?.toString() ?? "",
    cap: listing.cap?.toString() ?? "",
    min_to_list: listing.min_to_list?.toString() ?? "",
  });
  const [paused, setPaused] = useState(listing.paused);
  const path = `/v1/listings/${listing.id}`;
  const field = (name: keyof typeof rules, label: string, help: string, max: number) => (
    <Field label={label} help={help}>
      <input name={name} type="number" min={0} max={max} step={1} placeholder="not set" value={rules[name]} onInput={(e) => setRules({ ...rules, [name]: e.currentTarget.value })} />
    </Field>
  );
  const submit = async () => {
    const { etag } = await getTagged<Listing>(path);
    await patch(path, { buffer: limit(rules.buffer), percent: limit(rules.percent), cap: limit(rules.cap), min_to_list: limit(rules.min_to_list), paused }, { ifMatch: etag });
    toast(`${listing.channel}: the rules hold from now on.`);
    onClose();
    await onDone();
  };
  return (
    <Dialog title={`Rules of ${listing.channel}`} onClose={onClose}>
      <p class="soft">
        They hold for <Said>{listing.sku}</Said> on this channel, and go before those of the item and the channel.
      </p>
      <Form send="Keep" onSubmit={submit} acts={<button type="button" class="button" onClick={onClose}>Leave it</button>}>
        <div class="two">
          {field("buffer", "Buffer", "Units held back.", 1_000_000_000)}
          {field("percent", "Percent", "The share to show.", 100)}
        </div>
        <div class="two">
          {field("cap", "Most to show", "", 1_000_000_000)}
          {field("min_to_list", "Least worth showing", "With fewer left, 0 is shown.", 1_000_000_000)}
        </div>
        <label class="check">
          <input type="checkbox" checked={paused} onChange={(e) => setPaused(e.currentTarget.checked)} />
          <span>Paused: this listing is not told anything</span>
        </label>
      </Form>
    </Dialog>
  );
}

function Exposure({ listing, of, onDone }: { listing: Listing; of: ListingAvailability; onDone: () => unknown }) {
  const e = of.exposure;
  if (!e) {
    return null;
  }
  const set = async () => {
    await patch(`/v1/listings/${listing.id}`, { buffer: e.suggested_buffer });
    toast(`${listing.channel} holds back ${e.suggested_buffer} from now on.`);
    await onDone();
  };
  return (
    <div class="stack-s">
      <h3>Risk of selling twice</h3>
      <p class="small">
        Others sold {count(e.others_sold)} in the last {stretch(e.window_s * 1000)}; this channel shows a sale within {stretch(e.propagation_ms)}
        {e.propagation_assumed ? " (assumed: nothing was measured yet)" : ""}. At risk at any moment: <b>{e.units < 0.005 ? "next to nothing" : `${e.units.toFixed(2)} units`}</b>, a chance of {(e.chance * 100).toFixed(e.chance < 0.1 ? 2 : 0)} %.
      </p>
      <p class="small">
        Buffer in force: <b>{count(e.buffer)}</b>. Suggested: <b>{count(e.suggested_buffer)}</b>.{" "}
        {e.suggested_buffer !== e.buffer && (
          <Button small needs="operate" onClick={set}>
            Use {count(e.suggested_buffer)}
          </Button>
        )}
      </p>
    </div>
  );
}

function ListingRow({ listing, of, open, onToggle, onDone }: { listing: Listing; of: ListingAvailability | undefined; open: boolean; onToggle: () => void; onDone: () => unknown }) {
  const [rules, setRules] = useState(false);
  const state = LISTING_STATES[listing.state];
  const isOff = listing.observed !== null && listing.expected_lo !== null && (listing.observed < listing.expected_lo || listing.observed > (listing.expected_hi ?? listing.expected_lo));
  const push = async () => {
    await post(`/v1/listings/${listing.id}/push`);
    toast(`${listing.channel} is looked at again at once.`);
    await onDone();
  };
  return (
    <>
      <tr data-listing={listing.id} data-channel={listing.channel}>
        <th scope="row">
          <ChannelLink code={listing.channel} />
          {listing.location && <span class="small soft"> at {listing.location}</span>}
          {listing.pack_size > 1 && <span class="small soft"> in packs of {listing.pack_size}</span>}
        </th>
        <td class="num">
          <button type="button" class="why-button" aria-expanded={open} onClick={onToggle}>
            <b>{count(listing.sellable)}</b> <span class="small">why</span>
          </button>
        </td>
        <td class="num">
          <Num value={listing.published} none="never" />
          <div class="xs soft">{listing.published_at && <Age at={listing.published_at} />}</div>
        </td>
        <td class="num roomy">{listing.expected_lo === null ? <span class="faint">not known</span> : range(listing.expected_lo, listing.expected_hi)}</td>
        <td class={`num roomy ${isOff ? "soon" : ""}`}>
          <Num value={listing.observed} none="not read" />
          <div class="xs soft">{listing.observed_at && <Age at={listing.observed_at} />}</div>
        </td>
        <td>
          <Tag tone={state.tone}>{state.name}</Tag>
          {listing.state_reason && (
            <div class="xs soft">
              <Said>{plainWords(listing.state_reason)}</Said>
            </div>
          )}
        </td>
      </tr>
      {open && (
        <tr class="below">
          <td colSpan={6}>
            <div class="halves">
              <div class="stack-s">
                <h3>Why {count(of?.sellable ?? listing.sellable)}</h3>
                {of && <Why steps={of.why} sellable={of.sellable} sku={listing.sku} />}
              </div>
              <div class="stack-s">
                {of && <Exposure listing={listing} of={of} onDone={onDone} />}
                <div class="acts">
                  <Button small needs="operate" onClick={() => setRules(true)}>
                    Rules
                  </Button>
                  <Button small needs="operate" onClick={push} title="Reads the count there, and writes it when it differs">
                    Look again
                  </Button>
                </div>
              </div>
            </div>
          </td>
        </tr>
      )}
      {rules && may("operate") && <ListingRules listing={listing} onClose={() => setRules(false)} onDone={onDone} />}
    </>
  );
}

export function ItemListings({ listings, availability, onDone }: { listings: Listing[]; availability: Availability | null; onDone: () => unknown }) {
  const [open, setOpen] = useState<string | null>(null);
  if (listings.length === 0) {
    return (
      <Card title="On the channels">
        <Empty title="No channel sells it" acts={<a class="button" href="/links">Link it</a>}>
          When a channel sells this item under a name of its own, link the two: then its orders are booked here, and its count is kept.
        </Empty>
      </Card>
    );
  }
  return (
    <Card title="On the channels" bare aside={plural(listings.length, "listing")}>
      <Table
        label="What each channel shows"
        head={
          <>
            <th>Channel</th>
            <th class="num">May show</th>
            <th class="num">Told last</th>
            <th class="num roomy">Shows now</th>
            <th class="num roomy">Seen last</th>
            <th>State</th>
          </>
        }
      >
        {listings.map((listing) => (
          <ListingRow
            key={listing.id}
            listing={listing}
            of={availability?.listings.find((a) => a.id === listing.id)}
            open={open === listing.id}
            onToggle={() => setOpen(open === listing.id ? null : listing.id)}
            onDone={onDone}
          />
        ))}
      </Table>
    </Card>
  );
}
