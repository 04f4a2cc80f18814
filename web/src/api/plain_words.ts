// SPDX-License-Identifier: Apache-2.0
// The server's texts serve a terminal as well as this page: where they name a command or a route, the
// page names its own button or screen. Pure; a test holds it to the texts in the server's source.

/** In this order: a longer one first. */
const WORDS: [RegExp, string][] = [
  [/POST \/v1\/movements/g, "Move units, at the item"],
  [/\s*\((?:truecount|GET|POST|PATCH|DELETE) [^)]*\)/g, ""],
  [/GET \/v1\/channels\/\{?[\w.-]+\}?\/cutover; \\?"force\\?":\\?"WHY\\?" goes/g, "the checklist; a reason goes"],
  [/,? ?or end it with DELETE/g, ""],
  [/follow GET \/v1\/jobs\/[\w%]+/g, "wait for it"],
  [/,? (?:then )?POST \/v1\/listings\/\{id\}\/push/g, ", then press Look again at the item"],
  [/: create its listings with POST \/v1\/listings/g, ": its items are linked by hand, under Links"],
  [/(create a SKU and )?link (it|the right one|this one) with POST \/v1\/listings/g, "$1link $2 by hand, under Links"],
  [/POST \/v1\/deliveries\/(\w+)\/replay/g, "apply message $1 again, on its own screen"],
  [/send one to POST \/v1\/opening\/file/g, "bring one in, under Opening balance"],
  [/: PATCH \/v1\/webhooks\/\w+ \{\\?"state\\?":\\?"active\\?"\}/g, " again, in Settings"],
  [/PATCH \/v1\/channels\/\{code\} with settings\.location_map, then push the listing again/g, "Say which of your locations the channel's places are, under its Connection; then press Look again at the item"],
  [/add location_map to (?:the channel's|its) settings/g, "say which of your locations its places are, under Connection"],
  [/Add it to the channel's location_map/g, "Say which of your locations it is, under the channel's Connection"],
  [/GET \/v1\/reports\/latency/g, "Speed, at the channel"],
  [/GET \/v1\/reports\/shadow\/\{?[\w.-]+\}?/g, "Agreement"],
  [/GET \/v1\/drift[?&=\w]*/g, "Agreement, at the channel"],
  [/GET \/v1\/incidents[?&=\w]*/g, "Incidents"],
  [/See GET \/v1\/pushes of the channel for what it answers/g, "See what it answers, under Pushes"],
  [/look with GET \/v1\/deliveries\S*/g, "look under Messages"],
  [/(?:log in|begin) with POST \/v1\/session\/totp/g, "begin in Settings"],
  [/log in with POST \/v1\/session/g, "log in"],
  [/, in POST \/v1\/session\/totp/g, ", in Settings"],
  [/: truecount channel connect(?: \w+)?/g, ", under its Connection"],
  [/then truecount channel resume CODE/g, "then resume the channel, on its own screen"],
  [/begin with truecount channel connect/g, "begin under its Connection"],
  [/See their published_at and observed_at, and/g, "See when each was confirmed, at the item, and"],
  [/see their state_reason/g, "see why, at each item"],
];

/** "1 units are" is what comes of a figure in a fixed sentence. */
const ONES: [RegExp, string][] = [
  [/(^|[^\d.,])1 (unit|item|line|listing|SKU|order|movement|message|difference|day|second|minute|hour|time)s (are|were|have|wait)\b/g, "$11 $2 $3"],
  [/\b1 (\w+) are\b/g, "1 $1 is"],
  [/\b1 (\w+) were\b/g, "1 $1 was"],
  [/\b1 (\w+) have\b/g, "1 $1 has"],
  [/\b1 (\w+) wait\b/g, "1 $1 waits"],
  [/(^|[^\d.,])1 (unit|item|line|listing|SKU|order|movement|message|difference|day|second|minute|hour|time)s\b/g, "$11 $2"],
];

export function plainWords(given: string): string {
  const text = ONES.reduce((now, [from, to]) => now.replace(from, to), given);
  const said = WORDS.reduce((now, [from, to]) => now.replace(from, to), text);
  return said === text ? text : said.replace(/(^|\. )([a-z])/g, (_, before: string, c: string) => before + (before === "" && /^[a-z]/.test(text) ? c : c.toUpperCase()));
}
