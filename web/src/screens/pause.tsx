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
  /** What was asked for stays what is asked, also when it has come about meanwhile. */
  const [asked, setAsked] = useState<"pause" | "resume" | null>(null);
  const [reason, setReason] = useState("");
  const whom = channel ?? "all channels";
  const confirm = async () => {
    await post(asked === "resume" ? "/v1/resume" : "/v1/pause", { ...(channel ? { channel } : {}), ...(reason.trim() ? { reason: reason.trim() } : {}) });
    toast(asked === "resume" ? `${whom}: counts leave again.` : `${whom}: no count leaves any more.`);
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
        onClick={() => setAsked(paused ? "resume" : "pause")}
      >
        <Icon name={paused ? "play" : "pause"} />
        {paused ? (channel ? "Resume" : "Resume all") : channel ? "Pause" : "Pause all"}
        {channel && <span class="said"> {channel}</span>}
      </button>
      {asked && (
        <Confirm
          title={asked === "resume" ? `Resume ${whom}?` : `Pause ${whom}?`}
          send={asked === "resume" ? "Resume" : "Pause"}
          kind={asked === "resume" ? "first" : "danger"}
          onClose={() => setAsked(null)}
          onConfirm={confirm}
        >
          <p>
            {asked === "resume"
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
