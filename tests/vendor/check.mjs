// SPDX-License-Identifier: Apache-2.0
// Every request that a connector can emit, against what its vendor publishes.
//
//     node check.mjs VENDOR_REQUESTS SPECS [--verbose] [CONNECTOR...]
//
// Exit 0: nothing was found; 1: a request that the vendor's files do not allow, or one that was expected
// and never came.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

import { called } from './called.mjs';
import { vendors } from './vendors.mjs';
import { walk } from './walk.mjs';

const [program, specs, ...words] = process.argv.slice(2);
const isVerbose = words.includes('--verbose');
const asked = words.filter((word) => word !== '--verbose');
const unknown = asked.filter((name) => !(name in vendors));
if (!program || !specs || unknown.length) {
  console.error(unknown.length ? `there is no check of ${unknown.join(', ')}: ${Object.keys(vendors).join(', ')}` : 'usage: check.mjs VENDOR_REQUESTS SPECS [--verbose] [CONNECTOR...]');
  process.exit(2);
}

const shown = (request) => `${request.method} ${request.url.length > 300 ? `${request.url.slice(0, 300)}...` : request.url}`;

/** One connector. Gives the number of faults. */
async function check(name) {
  const vendor = vendors[name];
  const reason = vendor.skipped ?? (fs.existsSync(`${specs}/${name}`) ? null : `there is no folder ${specs}/${name}`);
  if (reason) {
    console.log(`${name}: skipped, ${reason}`);
    return 0;
  }
  const judges = vendor.judges(specs);
  const seen = new Map(); // what was called -> how often
  const unspecified = new Map();
  const forgiven = new Map();
  const faults = [];
  let nth = new Map(); // in this exchange
  let requests = 0;

  async function answer(request) {
    const what = shown(request);
    requests += 1;
    const call = `${request.method} ${request.url}`;
    const outside = vendor.unspecified.find((u) => u.match.test(call));
    let verdict = null;
    for (const judge of outside ? [] : judges) {
      verdict ??= await judge.judge(request);
    }
    if (!verdict && !outside) {
      verdict = { operation: null, problems: ['goes to no address that the vendor\'s files know'] };
    }
    const operation = verdict?.operation ?? outside?.what ?? 'unknown';
    const problems = [...(verdict?.problems ?? []), ...(outside?.check?.(request, specs) ?? [])];
    const real = problems.filter((problem) => {
      const allowed = vendor.allowed.find((a) => a.operation.test(operation) && a.problem.test(problem));
      if (allowed) {
        forgiven.set(allowed, (forgiven.get(allowed) ?? 0) + 1);
      }
      return !allowed;
    });
    if (real.length > 0) {
      faults.push({ request, what, real, source: verdict?.source });
    }
    (outside ? unspecified : seen).set(operation, ((outside ? unspecified : seen).get(operation) ?? 0) + 1);
    const canned = vendor.answers.find((a) => a.match.test(call) && (!a.operation || a.operation.test(request.operation)));
    const count = nth.get(canned) ?? 0;
    nth.set(canned, count + 1);
    const given = canned ? canned.answer(request, count) : outside?.answer ?? verdict?.answer ?? { status: 200, headers: {}, body: '{}' };
    if (isVerbose) {
      console.log(`  ${request.account} | ${request.operation} | ${what} ${request.body.toString('utf8').slice(0, 300)}`);
      console.log(`      ${operation} -> ${canned ? 'canned ' : ''}${given.status} ${String(given.body).slice(0, 300)}`);
    }
    return given;
  }

  function ended(end) {
    nth = new Map();
    if (isVerbose) {
      console.log(`  ${end.account} | ${end.operation}: ${end.steps} requests, ${end.outcome}`);
    }
    if (/^not built/.test(end.outcome) && end.operation !== 'token') {
      faults.push({ end, real: [`the request could not be built: ${end.outcome}`] });
    }
  }

  const began = Date.now();
  try {
    await walk(program, name, answer, ended);
    for (const probe of vendor.wrong) {
      const [method, url, headers, body] = probe;
      const request = { method, url, headers: Object.entries(headers), body: Buffer.from(body ?? '') };
      let verdict = null;
      for (const judge of judges) {
        verdict ??= await judge.judge(request);
      }
      if (!verdict || verdict.problems.length === 0) {
        faults.push({ real: [`a wrong request was let through, so that nothing is proven: ${method} ${url} ${body ?? ''}`] });
      } else if (isVerbose) {
        console.log(`  wrong on purpose: ${method} ${url} -> ${verdict.problems.join(' | ')}`);
      }
    }
  } finally {
    await Promise.all(judges.map((judge) => judge.stop()));
  }
  const wasCalled = [...seen.keys(), ...unspecified.keys()];
  faults.push(...called[name].filter((operation) => !wasCalled.includes(operation)).map((operation) => ({ real: [`never called: ${operation}`] })));
  if (isVerbose) {
    wasCalled.forEach((operation) => console.log(`  called: ${operation}`));
  }
  const unused = vendor.allowed.filter((a) => !forgiven.has(a));
  for (const a of unused) {
    faults.push({ real: [`nothing needs this allowance any more: ${a.operation} ${a.problem}`] });
  }
  console.log(`${name}: ${faults.length ? `${faults.length} FAULTS` : 'ok'}, ${requests} requests to ${seen.size} operations of the vendor's files, ${((Date.now() - began) / 1000).toFixed(1)} s`);
  for (const { request, end, what, real, source } of faults) {
    const where = request ?? end;
    console.log(`  ${where ? `${where.account}, ${where.operation}: ` : ''}${what ?? ''}`);
    if (request?.body.length) {
      console.log(`    ${request.body.toString('utf8').slice(0, 600)}`);
    }
    real.forEach((problem) => console.log(`    -> ${problem}${source ? ` [${source}]` : ''}`));
  }
  for (const [allowed, count] of forgiven) {
    console.log(`  allowed ${count} times: ${allowed.why}`);
  }
  for (const [what, count] of unspecified) {
    console.log(`  without a file to check against, ${count} times: ${what}`);
  }
  return faults.length;
}

let faults = 0;
const all = execFileSync(program, [], { encoding: 'utf8' }).trim().split('\n');
for (const name of all.filter((connector) => !(connector in vendors))) {
  console.log(`${name}: FAULT, vendors.mjs says nothing of this connector`);
  faults += 1;
}
for (const name of asked.length ? asked : Object.keys(vendors)) {
  faults += await check(name);
}
console.log(faults ? `vendor check: ${faults} faults` : 'vendor check: every request is one that its vendor\'s files allow');
process.exit(faults ? 1 : 0);
