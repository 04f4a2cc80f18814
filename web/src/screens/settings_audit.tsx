// SPDX-License-Identifier: Apache-2.0
// Who did what: every administrative act, newest first.
import { useParam } from "../app/router.ts";
import { may } from "../app/session.ts";
import { Bones, Card, Empty, Failed } from "../ui/parts.tsx";
import { Said, Time } from "../ui/text.tsx";
import { ACTS, actText } from "../work/acts.ts";
import { Cell, Fold, More, Select, Text, useLater, usePages } from "../work/kit.tsx";
import { NeedsAdmin } from "./settings_tokens.tsx";

interface Act {
  id: string;
  at: string;
  actor: string;
  via: string;
  action: string;
  object: string | null;
  detail: string | null;
  address: string | null;
}

const VIA: Record<string, string> = { session: "on this page", token: "a program", cli: "a terminal", setup: "the first setup" };

export function Audit() {
  const isAdmin = may("admin");
  const [actor, setActor] = useParam("actor");
  const [action, setAction] = useParam("action");
  const asked = useLater(actor.trim(), 400);
  const pages = usePages<Act>(isAdmin ? "/v1/audit" : null, { actor: asked, action });
  if (!isAdmin) {
    return <NeedsAdmin what="Who did what" />;
  }
  return (
    <div class="stack-s">
      <div class="filters">
        <Text label="Who" hidden placeholder="Who" type="search" value={actor} onChange={setActor} />
        <Select label="What" hidden value={action} onChange={setAction} options={[["", "Anything"], ...Object.entries(ACTS)]} />
      </div>
      <Card bare>
        {pages.error ? <Failed error={pages.error} retry={pages.reload} /> : null}
        {pages.isLoading ? (
          <Bones />
        ) : pages.rows.length === 0 && !pages.error ? (
          <Empty title="Nothing like that" />
        ) : (
          <Fold label="Who did what" head={["When", "Who", "By", "What", "Of what", "From"]}>
            {pages.rows.map((a) => (
              <tr key={a.id}>
                <Cell h="When">
                  <Time at={a.at} />
                </Cell>
                <Cell h="Who">
                  <Said>{a.actor || "–"}</Said>
                </Cell>
                <Cell h="By">{VIA[a.via] ?? a.via}</Cell>
                <Cell h="What">
                  <Said>{actText(a.action)}</Said>
                </Cell>
                <Cell h="Of what">
                  <Said>{a.object || "–"}</Said>
                  {a.detail && (
                    <small class="soft under">
                      <Said>{a.detail}</Said>
                    </small>
                  )}
                </Cell>
                <Cell h="From">
                  <Said>{a.address || "–"}</Said>
                </Cell>
              </tr>
            ))}
          </Fold>
        )}
        <More pages={pages} what="acts" />
      </Card>
    </div>
  );
}
