// SPDX-License-Identifier: Apache-2.0
// A dialog of the browser's own: it keeps the focus, and Escape closes it.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Form } from "./parts.tsx";

export function Dialog({ title, onClose, children }: { title: ComponentChildren; onClose: () => void; children: ComponentChildren }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current!;
    const before = document.activeElement as HTMLElement | null;
    dialog.showModal();
    return () => {
      // What opened it may be gone: by what was done here, or by another page's doing.
      const opener = before?.isConnected && !before.matches(":disabled") && before !== document.body ? before : document.getElementById("main");
      opener?.focus({ preventScroll: true });
    };
  }, []);
  return (
    <dialog
      ref={ref}
      aria-labelledby="dialog-title"
      onClose={onClose}
      onMouseDown={(event) => {
        if (event.target === ref.current) {
          ref.current?.close(); // beside it
        }
      }}
    >
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  );
}

/** Asks before something that reaches far; closes when it is done. */
export function Confirm({ title, send, kind = "first", onClose, onConfirm, children }: { title: ComponentChildren; send: string; kind?: "first" | "danger"; onClose: () => void; onConfirm: () => Promise<unknown>; children?: ComponentChildren }) {
  return (
    <Dialog title={title} onClose={onClose}>
      <Form
        send={send}
        kind={kind}
        onSubmit={async () => {
          await onConfirm();
          onClose();
        }}
        acts={
          <button type="button" class="button" onClick={onClose}>
            Leave it
          </button>
        }
      >
        {children}
      </Form>
    </Dialog>
  );
}
