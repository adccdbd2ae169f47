// The whole listing of 100,000 objects at 50 ms a request, in Chromium: by one lane of pages signed in the query, by lanes
// over one host name, and by lanes over two. The same program, sandbox and browser, in turns, in one run; it prints how
// many times as fast the lanes are, and fails below the bars.
//
// Timed in the product: from the first request for a page to the footer that says "complete". The program's part with
// the lanes is loaded within that time, and their guesses are made in it. The one lane is the product too, that part
// of it being withheld; the one host name, the other being withheld. Each run is a browser profile of its own.
import { chromium } from "@playwright/test";
import { withSandbox } from "./sandbox.mjs";

const OBJECTS = Number(process.env.OBJECTS ?? 100_000);
const LATENCY = Number(process.env.LATENCY ?? 50);
const RUNS = Number(process.env.RUNS ?? 3);
const BARS = { one: 4.5, two: 8 };

/** Runs in the page before anything of the portal's: notes when a page was asked for, and counts. */
function watch() {
  const listing = (window.listing = { first: undefined, requests: 0 });
  const fetch = window.fetch;
  window.fetch = function (url, ...rest) {
    if (String(url).includes("list-type=2")) {
      listing.first ??= performance.now();
      listing.requests++;
    }
    return fetch.call(this, url, ...rest);
  };
}

const until = (page, pattern) =>
  page.evaluate(async (pattern) => {
    const wanted = new RegExp(pattern);
    const begun = performance.now();
    while (!wanted.test(document.querySelector(".browse__foot > span")?.textContent ?? "")) {
      await new Promise(requestAnimationFrame);
      if (performance.now() - begun > 120_000) throw new Error(`never: ${pattern}`);
    }
    return { milliseconds: performance.now() - window.listing.first, requests: window.listing.requests };
  }, pattern);

/** One folder of names, or folders of them. */
const CASES = {
  flat: { bucket: "synthetic", role: "analyst", persona: "analyst" },
  folders: { bucket: "tree", role: "collector", persona: "admin" },
};

async function run(browser, { balancer, s3 }, which, blocked) {
  const { bucket, role, persona } = CASES[which];
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const page = await context.newPage();
    await page.addInitScript(watch);
    const session = await context.newCDPSession(page);
    // Alike in every run. What it withholds fails in the browser, at once.
    await session.send("Network.enable", { maxTotalBufferSize: 1, maxResourceBufferSize: 1 });
    await session.send("Network.setBlockedURLs", { urls: blocked });
    const to = `/browse?role=${role}&bucket=${bucket}&prefix=big%2F`;
    await page.goto(`${balancer}/sandbox/sign-in?${new URLSearchParams({ as: persona, to })}`);
    if (which === "flat") return await until(page, `^${OBJECTS.toLocaleString("en")} objects · complete in`);
    // All that is below, which is asked for by whoever searches it.
    await until(page, "complete in");
    const deep = page.getByRole("button", { name: "With subfolders" });
    await deep.waitFor();
    await page.getByRole("searchbox").fill("e");
    await until(page, "match.*complete in");
    await page.evaluate(() => void Object.assign(window.listing, { first: undefined, requests: 0 }));
    await deep.click();
    return await until(page, `among ${OBJECTS.toLocaleString("en")} objects · complete in`);
  } finally {
    await context.close();
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const measure = async (endpoints) => {
  const executablePath = process.env.CHROMIUM_PATH;
  const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ["--no-sandbox", "--disable-gpu"] });
  const other = endpoints.s3.replace("127.0.0.1", "localhost");
  const ways = { lane: ["*/pkg/*lanes*"], one: [`${other}/*`], two: [] };
  try {
    const figures = {};
    for (const which of Object.keys(CASES)) {
      figures[which] = { lane: [], one: [], two: [] };
      for (let turn = 0; turn < RUNS; turn++) {
        for (const [way, blocked] of Object.entries(ways)) figures[which][way].push(await run(browser, endpoints, which, blocked));
      }
    }
    return figures;
  } finally {
    await browser.close();
  }
};

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
