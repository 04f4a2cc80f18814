// SPDX-License-Identifier: Apache-2.0
// What a route decides, and what it says of each location.
import type { Routing } from "../api/types.ts";
import { Num, Said, SkuLink, Tag, type Tone } from "../ui/text.tsx";
import { Cell, Fold } from "./kit.tsx";

const VERDICTS: Record<Routing["why"][number]["verdict"], [Tone, string]> = {
  serves_all: ["good", "serves all of it"],
  serves_part: ["good", "serves a part"],
  unused: ["plain", "not needed"],
  elsewhere: ["plain", "does not serve there"],
  inactive: ["plain", "switched off"],
};

export function Verdicts({ routing }: { routing: Routing }) {
  const short = routing.serves.filter((s) => s.short > 0);
  return (
    <div class="stack-s" data-test="verdicts">
      <ol class="verdicts">
        {routing.why.map((v) => {
          const [tone, text] = VERDICTS[v.verdict];
          return (
            <li key={v.location}>
              <b>
                <Said>{v.location}</Said>
              </b>
              <Tag tone={tone}>{text}</Tag>
              <span class="soft small">
                <Said>{v.detail}</Said>
              </span>
            </li>
          );
        })}
      </ol>
      {short.length > 0 && <p class="note soon">Not all of it is there: what is missing would be sold beyond the stock, and owed.</p>}
      <Fold label="What comes from where" head={["SKU", "From", ["Units", "num"], ["Of them owed", "num"]]}>
        {routing.serves.map((s, i) => (
          <tr key={i}>
            <th scope="row">
              <SkuLink sku={s.sku} />
            </th>
            <Cell h="From">
              <Said>{s.location}</Said>
            </Cell>
            <Cell h="Units" num>
              <Num value={s.quantity} />
            </Cell>
            <Cell h="Of them owed" num class={s.short ? "differs" : ""}>
              <Num value={s.short} />
            </Cell>
          </tr>
        ))}
      </Fold>
    </div>
  );
}
