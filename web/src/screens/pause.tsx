// SPDX-License-Identifier: Apache-2.0
// Pausing and resuming, of one channel or of all: asked before, told after.
import { useState } from "preact/hooks";
import { post } from "../api/client.ts";
import { may } from "../app/session.ts";
import { Confirm } from "../ui/dialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { Field } from "../ui/parts.tsx";
import { toast } from "../ui/toast.tsx";

export function PauseButton({ channel, paused, small, onDone }: { channel: string | null; paused: boolean; small?: boolean; onDone: () => unknown }) {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const whom = channel ?? "all channels";
  const confirm = async () => {
    await post(paused ? "/v1/resume" : "/v1/pause", { ...(channel ? { channel } : {}), ...(reason.trim() ? { reason: reason.trim() } : {}) });
    toast(paused ? `${whom}: counts leave again.` : `${whom}: no count leaves any more.`);
    setReason("");
    await onDone();
  };
  return (
    <>
      <button
        type="button"
        class={`button ${small ? "small" : ""} ${paused ? "first" : ""}`}
        disabled={!may("operate")}
        title={may("operate") ? undefined : "Your role does not reach: this needs operate."}
        onClick={() => setOpen(true)}
      >
        <Icon name={paused ? "play" : "pause"} />
        {paused ? (channel ? "Resume" : "Resume all") : channel ? "Pause" : "Pause all"}
        {channel && <span class="said"> {channel}</span>}
      </button>
      {open && (
        <Confirm
          title={paused ? `Resume ${whom}?` : `Pause ${whom}?`}
          send={paused ? "Resume" : "Pause"}
          kind={paused ? "first" : "danger"}
          onClose={() => setOpen(false)}
          onConfirm={confirm}
        >
          <p>
            {paused
              ? "Of each listing the newest count is sent, not what was missed."
              : `From this moment no count leaves ${channel ? `to ${channel}` : "to any channel"}. Orders are booked and counts read as before. What the shops show then grows old: they may sell what is gone.`}
          </p>
          <Field label="Why" help="It is kept in the log. May be left out.">
            <input name="reason" maxLength={255} value={reason} onInput={(e) => setReason(e.currentTarget.value)} />
          </Field>
        </Confirm>
      )}
    </>
  );
}
