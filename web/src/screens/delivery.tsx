// SPDX-License-Identifier: Apache-2.0
// One message of a channel: what became of it, what its order moved, and applying it once more.
import { useState } from "preact/hooks";
import { ApiError, post, seg } from "../api/client.ts";
import type { Delivery as DeliveryRow, Movement, Replayed } from "../api/types.ts";
import { useQuery } from "../app/query.ts";
import type { ScreenProps } from "../app/routes.ts";
import { plural } from "../ui/format.ts";
import { Button, Card, Empty, Failed, Form, Loaded, Page } from "../ui/parts.tsx";
import { ChannelLink, Said, Time } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { OrderLink, Text, usePages } from "../work/kit.tsx";
import { Changes, MovementTable } from "../work/movements.tsx";
import { DELIVERY_STATES, DeliveryState } from "./deliveries.tsx";

export default function Delivery({ params }: ScreenProps) {
  const id = params.id ?? "";
  const path = `/v1/deliveries/${seg(id)}`;
  const query = useQuery<DeliveryRow>(path, { on: ["delivery"] });
  return (
    <Page tab="Message" title="Message of a channel" sub={query.data ? <><Said>{query.data.topic}</Said> from <ChannelLink code={query.data.channel} /></> : null}>
      <Loaded query={query}>
        {(row) => (
          <div class="stack">
            <Facts row={row} />
            <Again row={row} onApplied={() => query.reload()} />
            {row.order && <Booked channel={row.channel} order={row.order} />}
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Facts({ row }: { row: DeliveryRow }) {
  return (
    <Card title="What became of it">
      <div class="stack-s">
        <p>
          <DeliveryState state={row.state} /> {DELIVERY_STATES[row.state].means}
        </p>
        {row.reason && (
          <p class="note">
            <Said>{row.reason}</Said>
          </p>
        )}
        <dl class="pairs">
          <dt>Received</dt>
          <dd>
            <Time at={row.received_at} long />
          </dd>
          <dt>Order</dt>
          <dd>{row.order ? <OrderLink channel={row.channel} order={row.order} /> : <span class="faint">it is about none</span>}</dd>
          <dt>Version</dt>
          <dd>{row.version ? <Said>{row.version}</Said> : <span class="faint">none</span>}</dd>
        </dl>
      </div>
    </Card>
  );
}

/** A rehearsal first: what it would book. Only then can it be applied. */
function Again({ row, onApplied }: { row: DeliveryRow; onApplied: () => Promise<void> }) {
  const [rehearsed, setRehearsed] = useState<Replayed | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [reason, setReason] = useState("");
  const url = `/v1/deliveries/${seg(row.id)}/replay`;
  const rehearse = async () => {
    setError(null);
    try {
      setRehearsed(await post<Replayed>(url, { dry_run: true }));
    } catch (failed) {
      setRehearsed(null);
      setError(failed);
    }
  };
  const apply = async () => {
    const done = await post<Replayed>(url, { reason });
    setRehearsed(null);
    toast(done.movements.length > 0 ? `Applied: ${plural(done.movements.length, "line")} booked.` : "Applied: nothing was to be booked.");
    await onApplied();
  };
  const isGone = error instanceof ApiError && error.status === 409;
  return (
    <Card
      title="Apply it once more"
      aside={
        <Button small needs="operate" onClick={rehearse}>
          Rehearse
        </Button>
      }
    >
      <div class="stack-s">
        {!rehearsed && !error && <p class="soft">Its kept body is decoded again, as after a fix. A rehearsal shows what would be booked, and keeps nothing.</p>}
        {error ? isGone ? <p class="note soon break">{(error as ApiError).message}</p> : <Failed error={error} /> : null}
        {rehearsed && (
          <>
            <p role="status">
              <DeliveryState state={rehearsed.state} />{" "}
              {rehearsed.movements.length > 0 ? "This is what would be booked:" : "Nothing would change. That is the good answer."}
              {rehearsed.reason && (
                <small class="soft under">
                  <Said>{rehearsed.reason}</Said>
                </small>
              )}
            </p>
            {rehearsed.movements.length > 0 && <Changes movements={rehearsed.movements} />}
            <Form onSubmit={apply} send="Apply it" disabled={!reason.trim()}>
              <Text label="Reason" value={reason} onChange={setReason} required help="It goes into the log." attributes={{ maxLength: 255 }} />
            </Form>
          </>
        )}
      </div>
    </Card>
  );
}

function Booked({ channel, order }: { channel: string; order: string }) {
  const pages = usePages<Movement>("/v1/movements", { channel, order }, ["stock", "delivery"]);
  return (
    <Card title="What its order moved" bare>
      {pages.rows.length === 0 && !pages.isLoading ? (
        <Empty title="No units moved">Neither by this message nor by another one of the order.</Empty>
      ) : (
        <MovementTable rows={pages.rows} label="Movements of the order" />
      )}
    </Card>
  );
}
