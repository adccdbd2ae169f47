// The whole listing of 100,000 objects at 50 ms a request, in Chromium: by one lane of pages signed in the query, by lanes
// over one host name, and by lanes over two. The same program, sandbox and browser, in turns, in one run; it prints how
// many times as fast the lanes are, and fails below the bars.
//
// Timed in the product: from the first request for a page to the footer that says "complete". The program's part with
// the lanes is loaded within that time, and their guesses are made in it. The one lane is the product too, that part
// of it being withheld; the one host name, the other being withheld. Each run is a browser profile of its own.
import { withChromium, withPage } from "./chromium.mjs";
import { withSandbox } from "./sandbox.mjs";
import { setTimeout as wait } from "node:timers/promises";

const OBJECTS = Number(process.env.OBJECTS ?? 100_000);
const LATENCY = Number(process.env.LATENCY ?? 50);
const RUNS = Number(process.env.RUNS ?? 3);
const BARS = { one: 4.5, two: 8 };

/** Runs in the page before anything of the portal's: notes when a page was asked for, counts, and withholds. */
function watch(blocked) {
  const listing = (window.listing = { first: undefined, requests: 0 });
  const fetch = window.fetch;
  window.fetch = function (url, ...rest) {
    const text = String(url?.url ?? url);
    // As if there were no connection, at once.
    if (blocked && text.includes(blocked)) return Promise.reject(new TypeError("Failed to fetch"));
    if (text.includes("list-type=2")) {
      listing.first ??= performance.now();
      listing.requests++;
    }
    return fetch.call(this, url, ...rest);
  };
}

/** Waits in the page for what the footer says. It is told of changes: to look with every frame would have frames made. */
async function said(pattern) {
  const wanted = new RegExp(pattern);
  const holds = () => wanted.test(document.querySelector(".browse__foot > span")?.textContent ?? "");
  await new Promise((resolve, reject) => {
    const look = () => {
      if (!holds()) return;
      observer.disconnect();
      clearTimeout(never);
      resolve();
    };
    const never = setTimeout(() => reject(new Error(`never: ${pattern}`)), 120_000);
    const observer = new MutationObserver(look);
    observer.observe(document, { subtree: true, childList: true, characterData: true });
    look();
  });
  await new Promise(requestAnimationFrame);
  return { milliseconds: performance.now() - window.listing.first, requests: window.listing.requests };
}

/** Searches all that is below, once the folder itself is there. */
async function searchBelow() {
  const below = () => [...document.querySelectorAll("button")].find(({ textContent }) => textContent === "With subfolders");
  while (!below()) await new Promise(requestAnimationFrame);
  const field = document.querySelector("input[type=search]");
  field.value = "e";
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

function clickBelow() {
  Object.assign(window.listing, { first: undefined, requests: 0 });
  [...document.querySelectorAll("button")].find(({ textContent }) => textContent === "With subfolders").click();
}

/** One folder of names, or folders of them. */
const CASES = {
  flat: { bucket: "synthetic", role: "analyst", persona: "analyst" },
  folders: { bucket: "tree", role: "collector", persona: "admin" },
};

const run = (send, { balancer }, which, blocked) =>
  withPage(send, `(${watch})(${JSON.stringify(blocked)})`, async ({ open, run }) => {
    const { bucket, role, persona } = CASES[which];
    const to = `/browse?role=${role}&bucket=${bucket}&prefix=big%2F`;
    // What the page before has left to do would be counted here.
    await wait(1_000);
    await open(`${balancer}/sandbox/sign-in?${new URLSearchParams({ as: persona, to })}`);
    if (which === "flat") return run(said, `^${OBJECTS.toLocaleString("en")} objects · complete in`);
    await run(said, "complete in");
    await run(searchBelow);
    await run(said, "match.*complete in");
    await run(clickBelow);
    return run(said, `among ${OBJECTS.toLocaleString("en")} objects · complete in`);
  });

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const measure = (endpoints) =>
  withChromium(async (send) => {
    const other = `${endpoints.s3.replace("127.0.0.1", "localhost")}/`;
    const ways = { lane: "lanes", one: other, two: "" };
    const figures = {};
    for (const which of Object.keys(CASES)) {
      figures[which] = { lane: [], one: [], two: [] };
      for (let turn = 0; turn < RUNS; turn++) {
        for (const [way, blocked] of Object.entries(ways)) figures[which][way].push(await run(send, endpoints, which, blocked));
      }
    }
    return figures;
  });

const figures = await withSandbox(measure, ["--objects", String(OBJECTS), "--latency", String(LATENCY)]);
console.log(`The whole listing of ${OBJECTS.toLocaleString("en")} objects at ${LATENCY} ms a request in Chromium, median of ${RUNS}:`);
let missed = false;
for (const [which, ways] of Object.entries(figures)) {
  const took = Object.fromEntries(Object.entries(ways).map(([way, runs]) => [way, median(runs.map(({ milliseconds }) => milliseconds))]));
  const requests = (way) => median(ways[way].map(({ requests }) => requests));
  const line = (way, what, bar) => {
    const ratio = took.lane / took[way];
    const short = bar !== undefined && ratio < bar;
    if (short) missed = true;
    const against = bar === undefined ? "" : `, ${ratio.toFixed(1)} times as fast; the bar is ${bar}${short ? ": MISSED" : ""}`;
    console.log(`${(took[way] / 1_000).toFixed(2).padStart(9)} s  ${which}, ${what}, ${requests(way)} requests${against}`);
  };
  line("lane", "one lane");
  line("one", "lanes over one host name", BARS.one);
  line("two", "lanes over two", BARS.two);
}
if (missed) process.exitCode = 1;
