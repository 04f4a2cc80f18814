// SPDX-License-Identifier: Apache-2.0
// Counting, made for a phone in one hand: scan, see the figure large, correct it with the thumb.
import { useEffect, useRef, useState } from "preact/hooks";
import { post, seg, sentence } from "../api/client.ts";
import type { Count } from "../api/types.ts";
import { navigate } from "../app/router.ts";
import { Confirm } from "../ui/dialog.tsx";
import { count as figure, plural } from "../ui/format.ts";
import { Button, Page } from "../ui/parts.tsx";
import { Num, Said } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { countNewest, countSums, countUndoable } from "../work/count_model.ts";
import { cameraObstacle, cameraStart, Wedge } from "../work/scan.ts";
import type { IndexedSku } from "../work/sku_index.ts";
import { askServer, Chosen, ring, useCounting, useSkuIndex } from "../work/use_count.ts";
import { cancelCount } from "./count.tsx";

interface Trouble {
  code: string;
  among: IndexedSku[];
}

export function CountScan({ count, onChange }: { count: Count; onChange: () => Promise<void> }) {
  const counting = useCounting(count);
  const skus = useSkuIndex();
  const chosen = useRef(new Chosen());
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [current, setCurrent] = useState<string | null>(null);
  const [hasCamera, setCamera] = useState(false);
  const [ending, setEnding] = useState<"review" | "cancel" | null>(null);
  const sums = countSums(counting.state);

  const take = (sku: string) => {
    counting.scan(sku);
    setCurrent(sku);
    setTrouble(null);
    ring(true);
  };
  const onCode = async (text: string) => {
    const code = text.trim();
    if (!code) {
      return;
    }
    const known = chosen.current.get(code);
    if (known) {
      take(known);
      return;
    }
    let found = skus.index.find(code);
    if (found.kind === "none" && !skus.isWhole) {
      found = await askServer(skus.index, code).catch(() => found);
    }
    if (found.kind === "one") {
      take(found.sku.sku);
      return;
    }
    ring(false);
    setTrouble({ code, among: found.kind === "several" ? found.skus : [] });
  };
  const scanned = useRef(onCode);
  scanned.current = onCode;

  useEffect(() => {
    const wedge = new Wedge();
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      if (event.ctrlKey || event.metaKey || event.altKey || target?.closest("input, textarea, select, dialog")) {
        return;
      }
      const code = wedge.key(event.key, event.timeStamp);
      if (code !== null || wedge.busy) {
        event.preventDefault();
        event.stopPropagation();
      }
      if (code !== null) {
        void scanned.current(code);
      }
    };
    document.addEventListener("keydown", onKey, true);
    return () => document.removeEventListener("keydown", onKey, true);
  }, []);

  const choose = (code: string, sku: string) => {
    chosen.current.set(code, sku);
    take(sku);
  };
  const finish = async () => {
    if (!(await counting.flush())) {
      throw new Error("Not everything was sent yet. It is kept on this device: try again where there is a connection.");
    }
    await post(`/v1/counts/${seg(count.id)}/review`, {});
    await onChange();
  };
  const end = (
    <Button kind="first" needs="operate" onClick={() => setEnding("review")} disabled={sums.skus === 0}>
      Finish and look it over
    </Button>
  );
  return (
    <Page
      tab="Stock take"
      title={<Said>{count.reference || `Stock take at ${count.location}`}</Said>}
      sub={
        <>
          at <Said>{count.location}</Said>
          {count.blind ? " · blind" : ""} · <Waiting waiting={sums.waiting} error={counting.error} />
        </>
      }
      acts={<span class="wide-only">{end}</span>}
    >
      <div class="scan">
        <div class="stack-s">
          <ScanField onCode={(code) => void onCode(code)} hasCamera={hasCamera} onCamera={() => setCamera(!hasCamera)} />
          {hasCamera && <Camera onCode={(code) => void scanned.current(code)} onEnd={() => setCamera(false)} />}
          {trouble && <Unknown trouble={trouble} like={(text) => skus.index.like(text, 6)} onChoose={choose} onClose={() => setTrouble(null)} />}
          {current && !trouble ? (
            <Current
              key={current}
              sku={current}
              title={skus.index.titleOf(current)}
              counted={counting.state.lines.get(current)?.counted ?? null}
              onSet={(n) => counting.set(current, n)}
              onUndo={
                countUndoable(counting.state)
                  ? () => {
                      counting.undo();
                      setCurrent(counting.state.undo.at(-2)?.sku ?? null);
                    }
                  : null
              }
            />
          ) : (
            !trouble && <p class="note">Scan the first item, or type its code, barcode or a part of its name. Each scan counts one; the figure can be typed as well.</p>
          )}
        </div>
        <div class="stack-s">
          <dl class="figures">
            <div class="figure">
              <dt>{sums.skus === 1 ? "SKU" : "SKUs"}</dt>
              <dd data-test="skus">{figure(sums.skus)}</dd>
            </div>
            <div class="figure">
              <dt>units</dt>
              <dd data-test="units">{figure(sums.units)}</dd>
            </div>
            {sums.asked > 0 && (
              <div class="figure">
                <dt>not counted yet</dt>
                <dd>{figure(sums.asked)}</dd>
              </div>
            )}
          </dl>
          <Lines counting={counting.state} titleOf={(sku) => skus.index.titleOf(sku)} current={current} onPick={setCurrent} />
          <Button kind="bare" small needs="operate" onClick={() => setEnding("cancel")}>
            Give this stock take up
          </Button>
        </div>
      </div>
      <div class="thumb">{end}</div>
      {ending === "review" && (
        <Confirm
          title="Finish counting?"
          send="Show the differences"
          onClose={() => setEnding(null)}
          onConfirm={finish}
        >
          <p>
            {plural(sums.skus, "SKU")} with {plural(sums.units, "unit")} {sums.skus === 1 ? "is" : "are"} compared with the ledger. Nothing is booked yet.
            {count.blind ? " This count is blind: once the differences are shown, it cannot be gone on with." : ""}
            {sums.asked > 0 ? ` ${plural(sums.asked, "SKU")} that nobody counted will be left alone.` : ""}
          </p>
        </Confirm>
      )}
      {ending === "cancel" && (
        <Confirm
          title="Give it up?"
          send="Give it up"
          kind="danger"
          onClose={() => setEnding(null)}
          onConfirm={async () => {
            await cancelCount(count.id);
            toast("Given up. Nothing was booked.");
            navigate("/counts");
          }}
        >
          <p>Nothing of it will be booked.</p>
        </Confirm>
      )}
    </Page>
  );
}

function Waiting({ waiting, error }: { waiting: number; error: unknown }) {
  if (error && waiting > 0) {
    return (
      <span class="soon" title={sentence(error)} role="status">
        {plural(waiting, "figure")} kept here, not sent yet
      </span>
    );
  }
  return <span role="status">{waiting > 0 ? "sending…" : "all is saved"}</span>;
}

function ScanField({ onCode, hasCamera, onCamera }: { onCode: (code: string) => void; hasCamera: boolean; onCamera: () => void }) {
  const [text, setText] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const obstacle = cameraObstacle();
  useEffect(() => field.current?.focus({ preventScroll: true }), []);
  return (
    <form
      class="scan-field"
      onSubmit={(event) => {
        event.preventDefault();
        onCode(text);
        setText("");
        field.current?.focus({ preventScroll: true });
      }}
    >
      <input
        ref={field}
        aria-label="Scan or type a code"
        placeholder="Scan or type a code"
        value={text}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        enterkeyhint="done"
        onInput={(e) => setText(e.currentTarget.value)}
      />
      {text ? (
        <button class="button first big">Count</button>
      ) : (
        <button type="button" class="button big" aria-pressed={hasCamera} disabled={obstacle !== null} title={obstacle ?? undefined} onClick={onCamera}>
          {hasCamera ? "Camera off" : "Camera"}
        </button>
      )}
      {obstacle && <p class="help">{obstacle}</p>}
    </form>
  );
}

function Camera({ onCode, onEnd }: { onCode: (code: string) => void; onEnd: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    let stop: (() => void) | null = null;
    let isGone = false;
    cameraStart(video.current!, onCode)
      .then((end) => {
        stop = end;
        if (isGone) {
          end();
        }
      })
      .catch((failed: unknown) => setError(failed));
    return () => {
      isGone = true;
      stop?.();
    };
  }, []);
  if (error) {
    const refused = error instanceof DOMException && error.name === "NotAllowedError";
    return (
      <div class="note soon row" role="alert">
        <span class="grow">{refused ? "The camera was not allowed. Allow it in the browser's settings for this page, or type the code." : sentence(error)}</span>
        <button type="button" class="button small" onClick={onEnd}>
          Close
        </button>
      </div>
    );
  }
  return <video ref={video} class="camera" playsInline muted aria-label="What the camera sees" />;
}

function Unknown(props: { trouble: Trouble; like: (text: string) => IndexedSku[]; onChoose: (code: string, sku: string) => void; onClose: () => void }) {
  const { code, among } = props.trouble;
  const [text, setText] = useState("");
  const rows = among.length > 0 ? among : props.like(text || code);
  return (
    <div class="note soon stack-s" role="alert">
      <p>
        {among.length > 0 ? (
          <>
            <b>
              <Said>{code}</Said>
            </b>{" "}
            is the barcode of several SKUs. Which one is in your hand?
          </>
        ) : (
          <>
            No SKU is called{" "}
            <b>
              <Said>{code}</Said>
            </b>
            . It was not counted. Say which one it is, or lay it aside.
          </>
        )}
      </p>
      {among.length === 0 && (
        <input aria-label="Search for the SKU" placeholder="A part of its code or name" value={text} autocomplete="off" onInput={(e) => setText(e.currentTarget.value)} />
      )}
      <ul class="picks">
        {rows.map((row) => (
          <li key={row.sku}>
            <button type="button" class="button wide pick" onClick={() => props.onChoose(code, row.sku)}>
              <Said>{row.sku}</Said>
              <small class="soft cut">
                <bdi>{row.title}</bdi>
              </small>
            </button>
          </li>
        ))}
      </ul>
      <button type="button" class="button small" onClick={props.onClose}>
        Lay it aside
      </button>
    </div>
  );
}

function Current(props: { sku: string; title: string; counted: number | null; onSet: (n: number) => void; onUndo: (() => void) | null }) {
  const [typed, setTyped] = useState<string | null>(null);
  const n = props.counted ?? 0;
  const commit = () => {
    if (typed !== null && /^\d{1,10}$/.test(typed)) {
      props.onSet(Number(typed));
    }
    setTyped(null);
  };
  return (
    <section class="card current" aria-label="Counted last">
      <div class="in">
        <h2>
          <Said>{props.sku}</Said>
        </h2>
        <p class="soft break">
          <bdi>{props.title}</bdi>
        </p>
        <div class="stepper">
          <button type="button" class="button big" aria-label="One less" disabled={n < 1} onClick={() => props.onSet(n - 1)}>
            −
          </button>
          <input
            class="tally"
            inputMode="numeric"
            aria-label={`Units of ${props.sku}`}
            value={typed ?? String(n)}
            onFocus={(e) => e.currentTarget.select()}
            onInput={(e) => setTyped(e.currentTarget.value)}
            onBlur={commit}
            onKeyDown={(e) => e.key === "Enter" && e.currentTarget.blur()}
          />
          <button type="button" class="button big" aria-label="One more" onClick={() => props.onSet(n + 1)}>
            +
          </button>
        </div>
        <button type="button" class="button wide" disabled={!props.onUndo} onClick={() => props.onUndo?.()}>
          Take the last step back
        </button>
      </div>
    </section>
  );
}

const SHOWN_MAX = 60;

function Lines(props: { counting: Parameters<typeof countNewest>[0]; titleOf: (sku: string) => string; current: string | null; onPick: (sku: string) => void }) {
  const rows = countNewest(props.counting);
  const asked = [...props.counting.lines.values()].filter((line) => line.counted === null);
  return (
    <ul class="tallies" aria-label="Counted so far">
      {[...rows, ...asked].slice(0, SHOWN_MAX).map((line) => (
        <li key={line.sku}>
          <button type="button" aria-pressed={line.sku === props.current} onClick={() => props.onPick(line.sku)}>
            <span class="grow">
              <Said>{line.sku}</Said>
              <small class="soft cut">
                <bdi>{props.titleOf(line.sku)}</bdi>
              </small>
            </span>
            <b>
              <Num value={line.counted} none="to count" />
            </b>
          </button>
        </li>
      ))}
      {rows.length + asked.length > SHOWN_MAX && <li class="soft small">and {figure(rows.length + asked.length - SHOWN_MAX)} more</li>}
    </ul>
  );
}
