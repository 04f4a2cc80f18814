// SPDX-License-Identifier: Apache-2.0
// Your own account, people, programs, who is told, what was done, and keeping it safe.
import { useParam } from "../app/router.ts";
import { Card, Choice, Page } from "../ui/parts.tsx";
import { Alerts } from "./settings_alerts.tsx";
import { Audit } from "./settings_audit.tsx";
import { Me } from "./settings_me.tsx";
import { People } from "./settings_people.tsx";
import { Tokens } from "./settings_tokens.tsx";

type Tab = "you" | "people" | "tokens" | "alerts" | "audit" | "safe";

const TABS: { value: Tab; label: string }[] = [
  { value: "you", label: "You" },
  { value: "people", label: "People" },
  { value: "tokens", label: "Programs" },
  { value: "alerts", label: "Alerts" },
  { value: "audit", label: "Who did what" },
  { value: "safe", label: "Backup" },
];

export default function Settings() {
  const [tab, setTab] = useParam("tab", "you");
  return (
    <Page title="Settings">
      <div class="stack">
        <Choice label="Which settings" value={tab as Tab} onChange={setTab} options={TABS} />
        {tab === "people" ? <People /> : tab === "tokens" ? <Tokens /> : tab === "alerts" ? <Alerts /> : tab === "audit" ? <Audit /> : tab === "safe" ? <Safe /> : <Me />}
      </div>
    </Page>
  );
}

/** What the server is told when it is started, and no route changes. */
function Safe() {
  return (
    <Card title="Keeping it safe">
      <div class="stack-s">
        <p>
          A backup is made while the server goes on serving, and is proven before it bears its name. <code>--backup-to DIR</code> makes one each day by itself, and an
          incident says when it could not.
        </p>
        <pre class="command" tabIndex={0} role="region" aria-label="Commands of a backup">
          {"truecount backup --data /var/lib/truecount --to /backup --keep 14\ntruecount restore --from /backup/truecount-… --data /var/lib/truecount"}
        </pre>
        <p>
          What is put back is older than the world: orders are read again before any count rises. Keep <code>secrets.key</code> apart from the backups, and keep it: without it the channels' credentials must be given anew.
        </p>
        <h3>How long messages are kept</h3>
        <p>
          Bodies of messages are kept, sealed, for 14 days, or as long as <code>--keep-bodies DAYS</code> says when the server is started (0 to 90). Only what is kept can be replayed. What was booked of them stays for ever, and names no person.
        </p>
      </div>
    </Card>
  );
}
