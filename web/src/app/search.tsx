// SPDX-License-Identifier: Apache-2.0
// The search at the top: items by code, barcode, title; screens by name. Arrows choose, Enter opens.
import { useEffect, useRef, useState } from "preact/hooks";
import type { StockLine, StockList } from "../api/types.ts";
import { get } from "../api/client.ts";
import { count, plural } from "../ui/format.ts";
import { Icon } from "../ui/icons.tsx";
import { itemPath } from "../ui/text.tsx";
import { navigate } from "./router.ts";
import { routes } from "./routes.ts";

const WAIT_MS = 120;
const MOST = 12;

interface Hit {
  to: string;
  name: string;
  about: string;
}

function screens(text: string): Hit[] {
  const want = text.toLowerCase();
  return routes
    .filter((r) => r.nav?.label.toLowerCase().startsWith(want))
    .map((r) => ({ to: r.path, name: r.nav!.label, about: "screen" }));
}

function itemHit(line: StockLine): Hit {
  const about = [line.product, line.title, line.is_bundle ? "" : `${count(line.available)} available`];
  return { to: itemPath(line.sku), name: line.sku, about: about.filter(Boolean).join(", ") };
}

function restHit(want: string, total: number): Hit[] {
  return total > MOST ? [{ to: `/stock?q=${encodeURIComponent(want)}`, name: `All ${plural(total, "item")}`, about: "in the stock list" }] : [];
}

export function Search({ onMount }: { onMount: (input: HTMLInputElement | null) => void }) {
  const [text, setText] = useState("");
  const [hits, setHits] = useState<Hit[] | null>(null);
  const [chosen, setChosen] = useState(0);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    onMount(input.current);
    return () => onMount(null);
  }, [onMount]);

  useEffect(() => {
    const want = text.trim();
    if (!want) {
      setHits(null);
      return undefined;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      get<StockList>("/v1/stock-list", { q: want, limit: MOST }, abort.signal)
        .then((list) => {
          setHits([...screens(want), ...list.items.map(itemHit), ...restHit(want, list.total)]);
          setChosen(0);
        })
        .catch(() => undefined);
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text]);

  const open = (hit: Hit | undefined) => {
    if (hit) {
      setText("");
      input.current?.blur();
      navigate(hit.to);
    }
  };
  const onKey = (event: KeyboardEvent) => {
    const n = hits?.length ?? 0;
    if (event.key === "Escape") {
      setText("");
      input.current?.blur();
    } else if (event.key === "ArrowDown" && n) {
      event.preventDefault();
      setChosen((chosen + 1) % n);
    } else if (event.key === "ArrowUp" && n) {
      event.preventDefault();
      setChosen((chosen + n - 1) % n);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (hits?.length) {
        open(hits[chosen]);
      } else if (text.trim()) {
        navigate(`/stock?q=${encodeURIComponent(text.trim())}`); // faster than the answer
      }
    }
  };
  return (
    <div class="find" role="search">
      <Icon name="find" />
      <input
        ref={input}
        type="text"
        inputMode="search"
        enterkeyhint="go"
        value={text}
        placeholder="Find an item"
        aria-label="Find an item by SKU, barcode or title"
        role="combobox"
        aria-expanded={!!hits?.length}
        aria-controls="found"
        aria-autocomplete="list"
        aria-activedescendant={hits?.length ? `hit-${chosen}` : undefined}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKey}
        onBlur={() => setTimeout(() => setHits(null), 150)}
      />
      <kbd aria-hidden="true">/</kbd>
      {hits && hits.length === 0 && (
        <p class="found none" role="status">
          Nothing has that in its SKU, barcode or title.
        </p>
      )}
      {hits && hits.length > 0 && (
        <ul class="found" id="found" role="listbox" aria-label="Found">
          {hits.map((hit, i) => (
            <li
              key={hit.to}
              id={`hit-${i}`}
              role="option"
              aria-selected={i === chosen}
              onMouseEnter={() => setChosen(i)}
              onMouseDown={(event) => {
                event.preventDefault();
                open(hit);
              }}
            >
              <bdi class="cut">{hit.name}</bdi>
              <bdi class="cut soft small">{hit.about}</bdi>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
