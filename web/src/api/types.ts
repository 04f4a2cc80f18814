// SPDX-License-Identifier: Apache-2.0
// Made by tools/types.mjs from the server's /openapi.json: do not edit.
export interface Health {
  status: "ok" | "ready";
}
export interface Sku {
  id: string; sku: string; title: string; product: string; options: Record<string, string>; barcode: string;
  buffer: number | null; oversell: "deny" | "backorder"; components: Component[]; aliases: string[];
}
export interface NewSku {
  sku: string; title?: string | null; product?: string | null; options?: Record<string, string> | null;
  barcode?: string | null; buffer?: number | null; oversell?: "deny" | "backorder";
  components?: Component[] | null; aliases?: string[] | null;
}
export interface SkuChange {
  sku?: string; title?: string | null; product?: string | null; options?: Record<string, string> | null;
  barcode?: string | null; buffer?: number | null; oversell?: "deny" | "backorder";
  components?: Component[] | null; aliases?: string[] | null;
}
export interface Component {
  sku: string; quantity: number;
}
export interface Location {
  code: string; name: string; country: string; region: string; active: boolean;
}
export interface NewLocation {
  code: string; name?: string | null; country?: string | null; region?: string | null; active?: boolean;
}
export interface LocationChange {
  code?: string; name?: string | null; country?: string | null; region?: string | null; active?: boolean;
}
export interface Channel {
  code: string; connector: string; mode: "off" | "shadow" | "live"; paused: boolean;
  settings: Record<string, unknown>; has_secrets: boolean; buffer: number | null; percent: number | null;
  cap: number | null; route: RouteStop[]; opened_at: string; orders_read_through: string | null;
  cutover_at: string | null; watch_until: string | null;
}
export interface NewChannel {
  code: string; connector: string; mode?: "off" | "shadow" | "live"; paused?: boolean;
  settings?: Record<string, unknown> | null; secrets?: Record<string, unknown> | null;
  buffer?: number | null; percent?: number | null; cap?: number | null; route?: RouteStop[] | null;
  opened_at?: string | null;
}
export interface ChannelChange {
  code?: string; connector?: string; mode?: "off" | "shadow" | "live"; paused?: boolean;
  settings?: Record<string, unknown> | null; secrets?: Record<string, unknown> | null;
  buffer?: number | null; percent?: number | null; cap?: number | null; route?: RouteStop[] | null;
  opened_at?: string | null;
}
export interface RouteStop {
  location: string; priority?: number; cost?: number; fee?: number; countries?: string[] | null;
  regions?: string[] | null;
}
export interface JobStarted {
  job: string;
}
export interface Import {
  create_skus?: boolean;
}
export interface Listing {
  id: string; channel: string; sku: string; remote: Record<string, unknown>; location: string | null;
  pack_size: number; buffer: number | null; percent: number | null; cap: number | null;
  min_to_list: number | null; paused: boolean; sellable: number; expected: number | null;
  expected_lo: number | null; expected_hi: number | null; published: number | null;
  published_at: string | null; observed: number | null; observed_at: string | null;
  state: "ok" | "waiting" | "in_flight" | "unknown" | "refused" | "parent_managed" | "unmanaged" | "paused";
  state_reason: string | null;
}
export interface NewListing {
  channel: string; sku: string; remote?: Record<string, unknown> | null; location?: string | null;
  pack_size?: number; buffer?: number | null; percent?: number | null; cap?: number | null;
  min_to_list?: number | null; paused?: boolean;
}
export interface ListingChange {
  pack_size?: number; buffer?: number | null; percent?: number | null; cap?: number | null;
  min_to_list?: number | null; paused?: boolean;
}
export interface Stock {
  sku: string; on_hand: number; available: number; held: number; reserved: number; unavailable: number;
  in_transit: number; unavailable_by: Record<string, number>; locations: StockAt[];
}
export interface StockAt {
  location: string; on_hand: number; available: number; held: number; reserved: number; unavailable: number;
  in_transit: number; unavailable_by: Record<string, number>;
}
export interface StockList {
  total: number; items: StockLine[]; ids?: string[];
}
export interface StockLine {
  id: string; sku: string; title: string; product: string; barcode: string; buffer: number | null;
  is_bundle: boolean; available: number; reserved: number; on_hand: number; listings: number;
  confirmed_at: string | null; differs: boolean;
}
export interface StockLines {
  items: StockLine[];
}
export interface Availability {
  sku: string; listings: ListingAvailability[];
}
export interface ListingAvailability {
  id: string; channel: string; sellable: number; why: AvailabilityStep[]; exposure: Exposure;
}
export interface AvailabilityStep {
  step: "location" | "component" | "debt" | "buffer" | "percent" | "pack_size" | "cap" | "min_to_list" | "share";
  location: string | null; component?: string | null; quantity: number; value: number;
}
export interface Exposure {
  units: number; demand: number; chance: number; buffer: number; suggested_buffer: number; reason: string;
  others_sold: number; window_s: number; propagation_ms: number; pushes_measured: number;
  propagation_assumed: boolean;
}
export interface Movement {
  id: string | null; event: string | null;
  kind: "open" | "receive" | "reserve" | "release" | "hold" | "hold_release" | "hold_expire" | "hold_commit" | "ship" | "unship" | "return" | "restock" | "unrestock" | "no_restock" | "scrap" | "damage" | "set_aside" | "restore" | "write_off" | "transfer_out" | "transfer_in" | "transfer_short" | "transfer_damaged" | "count" | "adjust" | "transfer_cancel";
  sku: string; quantity: number; from: Account; to: Account; from_after: number | null;
  to_after: number | null; reason: string | null; reference: string | null; channel: string | null;
  order: string | null; line: string | null; happened_at: string | null; recorded_at: string | null;
}
export interface Account {
  location: string | null;
  bucket: "outside" | "available" | "held" | "reserved" | "unavailable" | "in_transit";
}
export interface BookedMovements {
  movements: BookedLine[];
}
export interface NewMovements {
  movements: NewMovement[];
}
export interface BookedLine {
  id: string | null;
  kind: "receive" | "adjust" | "count" | "damage" | "set_aside" | "restore" | "write_off" | "return" | "restock" | "scrap" | "ship";
  sku: string; location: string; quantity: number; difference?: number; reason?: string; reference?: string;
  happened_at: string; available: number; on_hand: number;
}
export interface NewMovement {
  kind: "receive" | "adjust" | "count" | "damage" | "set_aside" | "restore" | "write_off" | "return" | "restock" | "scrap" | "ship";
  sku: string; location: string; quantity: number; reason?: string | null; reference?: string | null;
  happened_at?: string | null; expected?: number;
}
export interface Order {
  channel: string; id: string; version: string; placed_at: string | null; country: string | null;
  region: string | null; test: boolean; baseline: boolean;
  state?: "applied" | "duplicate" | "stale" | "parked" | "ignored"; lines: OrderLine[];
}
export interface OrderSnapshot {
  channel: string; id: string | number; version: string | number; placed_at?: string | null;
  country?: string | null; region?: string | null; lines: OrderSnapshotLine[];
}
export interface OrderLine {
  id: string; sku: string | null; remote: string; parked: boolean; ordered: number; cancelled: number;
  fulfilled: number; returned: number; restocked: number; no_restock: number; taken: number;
  location: string | null; allocations: Allocation[];
}
export interface OrderSnapshotLine {
  id: string | number; sku: string; ordered: number; cancelled?: number | null; fulfilled?: number | null;
  returned?: number | null; restocked?: number | null; no_restock?: number | null; taken?: number | null;
  location?: string | null;
}
export interface Allocation {
  sku: string; location: string; reserved: number; shipped: number; returned: number; restocked: number;
  no_restock: number;
}
export interface Hold {
  id: string; owner: string; channel: string | null; state: "open" | "released" | "expired" | "committed";
  created_at: string; expires_at: string; expires_in: number | null; lines: HoldLine[];
}
export interface NewHold {
  owner: string; channel?: string | null; expires_in?: number; country?: string | null;
  region?: string | null; lines: NewHoldLine[];
}
export interface HoldLine {
  sku: string; quantity: number; picks: HoldPick[];
}
export interface NewHoldLine {
  sku: string; quantity: number;
}
export interface HoldPick {
  sku: string; location: string; quantity: number;
}
export interface HoldExtension {
  expires_in?: number;
}
export interface HoldCommit {
  channel?: string; id: string | number; version: string | number; placed_at?: string | null;
  country?: string | null; region?: string | null; lines: OrderSnapshotLine[];
}
export interface Routing {
  serves: RoutingPick[]; why: RoutingVerdict[];
}
export interface RoutingTry {
  channel: string; country?: string | null; region?: string | null; lines: RoutingLine[];
}
export interface RoutingLine {
  sku: string; quantity: number;
}
export interface RoutingPick {
  sku: string; location: string; quantity: number; short: number;
}
export interface RoutingVerdict {
  location: string; verdict: "serves_all" | "serves_part" | "unused" | "elsewhere" | "inactive";
  detail: string;
}
export interface Transfer {
  id: string; state: "draft" | "in_transit" | "received" | "cancelled"; from: string; to: string;
  reference: string; lines: TransferLine[]; created_at: string; shipped_at: string | null;
  closed_at: string | null; in_transit_seconds: number | null;
}
export interface NewTransfer {
  from: string; to: string; reference?: string | null; lines: NewTransferLine[];
}
export interface TransferLine {
  sku: string; quantity: number; received: number; damaged: number; short: number; in_transit: number;
}
export interface NewTransferLine {
  sku: string; quantity: number;
}
export interface TransferStep {
  happened_at?: string | null;
}
export interface TransferReceipt {
  lines?: TransferArrival[] | null; happened_at?: string | null;
}
export interface TransferArrival {
  sku: string; received?: number; quantity?: number | null; damaged?: number; short?: number;
}
export interface Count {
  id: string; state: "open" | "review" | "posted" | "cancelled"; location: string; reference: string;
  reason: string; blind: boolean; lines?: CountLine[]; created_at: string; closed_at: string | null;
}
export interface NewCount {
  location: string; reference?: string | null; reason?: string | null; blind?: boolean;
  skus?: string[] | null;
}
export interface CountLine {
  sku: string; counted: number | null; counted_at: string | null; expected: number | null;
  difference: number | null;
}
export interface NewCountLine {
  sku: string; quantity: number; counted_at?: string | null;
}
export interface CountLines {
  lines: NewCountLine[];
}
export interface Nothing {
  
}
export interface CountPost {
  reason?: string;
}
export interface Event {
  id: string; at: string; kind: string; channel: string | null; subject: string; facts: unknown;
}
export interface Delivery {
  id: string; channel: string; topic: string; received_at: string;
  state: "applied" | "duplicate" | "stale" | "parked" | "ignored"; reason: string | null;
  order: string | null; version: string | null;
}
export interface Replayed {
  id: string; dry_run: boolean; state: "applied" | "duplicate" | "stale" | "parked" | "ignored";
  reason: string | null; movements: Movement[];
}
export interface Replay {
  dry_run?: boolean; reason?: string;
}
export interface Push {
  id: string; listing: string; channel: string; sku: string; value: number; compare: number | null;
  state: "in_flight" | "confirmed" | "accepted" | "failed" | "unknown"; reason: string | null;
  happened_at: string | null; received_at: string | null; committed_at: string | null;
  sent_at: string | null; answered_at: string | null; latency_ms: Latency;
}
export interface Latency {
  their_event_to_receipt: number | null; receipt_to_commit: number | null; commit_to_send: number | null;
  send_to_confirmation: number | null;
}
export interface Incident {
  id: string; code: string; state: "open" | "resolved"; channel: string | null; sku: string | null;
  order: string | null; delivery: string | null; title: string; detail: string;
  urgency: "now" | "soon" | "info"; meaning: string; doing: string; action: string; until: string;
  until_at: string | null; times: number; opened_at: string; updated_at: string; resolved_at: string | null;
  resolved_by: string | null; resolution: string | null; autopsy?: Autopsy[];
}
export interface IncidentResolve {
  reason?: string | null;
}
export interface Autopsy {
  sku: string; location: string | null; channel: string; order: string; line: string; units: number;
  first?: AutopsyFirst; push: string | null; shown: number | null; timeline: AutopsyMoment[];
  stage: "their_event" | "our_commit" | "our_sending" | "their_confirmation" | "after_confirmation" | "second_event" | "never_pushed";
  stage_ms: number; blame: string; window_ms: number; taken_by_others: number; smallest_buffer: number;
}
export interface AutopsyFirst {
  kind: string; channel: string | null; order: string; quantity: number; movement: string;
}
export interface AutopsyMoment {
  at: string; ms: number;
  what: "first_sale" | "received" | "committed" | "push_sent" | "push_confirmed" | "second_sale" | "second_committed";
  channel: string | null;
}
export interface Replays {
  from?: string | null; to?: string | null; channel?: string | null;
  state?: "applied" | "duplicate" | "stale" | "parked" | "ignored"; order?: string; topic?: string;
  delivery?: string; dry_run?: boolean; reason?: string; pushes?: boolean;
}
export interface Difference {
  id: string; channel: string; sku: string; listing: string; mode: "off" | "shadow" | "live";
  state: "open" | "ended"; shown: number; computed: number;
  cause: "unknown" | "foreign_write" | "late_write" | "flag" | "late_shop" | "late_event"; about: string;
  times: number; began_at: string; seen_at: string; ended_at: string | null;
}
export interface Pulse {
  channel: string; mode: "off" | "shadow" | "live"; paused: boolean; last_delivery_at: string | null;
  last_confirmed_at: string | null; waiting: number; waiting_since: string | null; open: number;
  held_until: string | null; calls_per_minute: number | null; calls_left_today: number | null;
  differing: number;
}
export interface Connector {
  name: string; fields: ConnectorField[];
}
export interface ConnectorField {
  name: string; about: string; secret: boolean; optional: boolean;
}
export interface ShadowReport {
  channel: string; mode: "off" | "shadow" | "live"; ready: boolean; missing: string | null;
  bar_days: number; bar_agreement: number; days_in_a_row: number; agreement: number; unexplained: number;
  oversold: number; avoidable: number; order_delay: OrderDelay; days: ShadowDay[];
  differences: Difference[]; has_more: boolean;
}
export interface OrderDelay {
  orders: number; p50_ms: number; p95_ms: number; p99_ms: number;
}
export interface ShadowDay {
  day: string; readings: number; agreed: number; waiting: number; differed: number; agreement: number;
  causes: Record<string, number>; oversold: number; avoidable: number;
}
export interface CutoverChecklist {
  channel: string; mode: "off" | "shadow" | "live"; ready: boolean; cutover_at: string | null;
  watch_until: string | null; job: string | null; checks: CutoverCheck[];
}
export interface CutoverCheck {
  check: string; ok: boolean; required: boolean; detail: string; action: string;
}
export interface Cutover {
  at?: string | null; watch_minutes?: number; limit_percent?: number; bar_days?: number;
  force?: string | null; reason?: string | null;
}
export interface Rollback {
  reason?: string | null;
}
export interface Pause {
  channel?: string | null; reason?: string | null;
}
export interface Job {
  id: string; kind: string; state: "queued" | "running" | "done" | "failed" | "cancelled";
  channel: string | null; done: number; total: number; result: Record<string, unknown> | null;
  review: ReviewRow[]; error: string | null; created_at: string;
}
export interface ReviewRow {
  remote?: Record<string, unknown>; sku?: string; title?: string; product?: string; reason?: string;
  detail?: string; channel?: string; order?: string; movements?: ReplayDifference[]; listing?: string;
}
export interface ReplayDifference {
  kind: string; sku: string; location: string; quantity: number;
}
export interface ExposedListing {
  listing: string; channel: string; sku: string; sellable: number; exposure: Exposure;
}
export interface LatencyReport {
  from: string; to: string; late_over_ms: number; channels: LatencyChannel[];
}
export interface LatencyChannel {
  channel: string; pushes: number; confirmed: number; accepted: number; failed: number; unknown: number;
  late: number; late_by: LateBy; stages: LatencyStage[]; days: LatencyDay[];
}
export interface LateBy {
  theirs_in: number; ours: number; theirs_out: number;
}
export interface LatencyStage {
  stage: "theirs_in" | "ours" | "commit" | "send" | "theirs_out" | "total"; count: number;
  p50: number | null; p95: number | null; p99: number | null; max: number | null;
}
export interface LatencyDay {
  day: string; count: number; p50: number | null; p95: number | null; p99: number | null;
  max: number | null; late: number;
}
export interface TableImport {
  kind: string; lines: number; created: number; changed: number; unchanged: number; dry_run: boolean;
  errors: TableError[]; errors_count: number; changes: unknown;
}
export interface TableError {
  line: number; column: string | null; detail: string;
}
export interface Finding {
  id: string; channel: string | null;
  kind: "blank" | "duplicate" | "look_alike" | "spelling" | "hidden_character" | "foreign_letter" | "unusable" | "unknown" | "taken" | "listed_twice" | "parent_managed" | "unmanaged" | "elsewhere" | "pack_size" | "barcode_wrong" | "barcode_shared" | "barcode_differs" | "barcode_known" | "same_account";
  sku: string; title: string; remote: Record<string, unknown> | null; other: string | null;
  units: number | null; about: string; detail: string; action: string; listing: string | null; job: string;
  seen_at: string;
}
export interface OpeningRow {
  sku: string; title: string; state: "agree" | "disagree" | "missing"; quantity: number | null;
  why: string | null; has_moved: boolean; on_hand: number | null; said: OpeningVoice[];
}
export interface OpeningVoice {
  by: "channel" | "file" | "ledger"; channel: string | null; quantity: number | null;
  silence: "never_read" | "uncounted" | "several_places" | "packs" | "below_zero" | "not_in_file" | "our_own" | null;
  at: string | null;
}
export interface Opening {
  location: string; items: OpeningItem[]; booked: number; units: number; next: string | null;
}
export interface NewOpening {
  location: string; items?: NewOpeningItem[]; from?: string; cursor?: string; reason?: string | null;
}
export interface OpeningItem {
  sku: string; quantity: number; from: string; movement: string | null;
}
export interface NewOpeningItem {
  sku: string; quantity?: number; from?: string;
}
export interface Webhook {
  id: string; url: string; events: string[]; state: "active" | "disabled"; pending: number;
  failing_since: string | null; next_at: string | null; last_at: string | null; last_status: number | null;
  last_error: string | null; old_secret_until: string | null; created_at: string; secret?: string;
}
export interface NewWebhook {
  url: string; events?: string[] | null; secret?: string | null;
}
export interface WebhookChange {
  url?: string; events?: string[] | null; state?: "active" | "disabled";
}
export interface WebhookKey {
  secret?: string | null;
}
export interface WebhookTrial {
  arrived: boolean; status: number | null; error: string | null; took_ms: number;
}
export interface Session {
  user: User; csrf: string; expires_at: string;
}
export interface User {
  name: string; role: "read" | "operate" | "admin"; totp: boolean; disabled: boolean; created_at: string;
  last_login_at: string | null; advice?: string;
}
export interface NewUser {
  name: string; role: "read" | "operate" | "admin"; password: string;
}
export interface UserChange {
  role?: "read" | "operate" | "admin"; password?: string; totp?: boolean; disabled?: boolean;
}
export interface Login {
  name: string; password: string; totp?: string | null;
}
export interface NewPassword {
  old: string; new: string;
}
export interface SecondFactor {
  secret: string; uri: string;
}
export interface SecondFactorCode {
  code: string;
}
export interface Proof {
  password: string;
}
export interface SetupNeeded {
  needed: boolean;
}
export interface Setup {
  code: string; name: string; password: string;
}
export interface AuditEntry {
  id: string; at: string; actor: string; via: "token" | "session" | "cli" | "setup"; action: string;
  object: string; detail: string; address: string; event: string | null;
}
export interface Token {
  id: string; name: string; scope: "read" | "operate" | "admin"; created_at: string; revoked: boolean;
  expires_at: string | null; last_used_on: string | null; made_by: string | null; token?: string;
}
export interface NewToken {
  name: string; scope: "read" | "operate" | "admin"; expires_in_days?: number; expires_at?: string | null;
}
export interface Problem {
  type: string; title: string; status: number; detail: string; field?: string; shortages?: Shortage[];
  job?: string; kind?: string; lines?: number; created?: number; changed?: number; unchanged?: number;
  dry_run?: boolean; errors?: TableError[]; errors_count?: number; changes?: unknown;
}
export interface Shortage {
  sku: string; location?: string; requested: number; available: number;
}
