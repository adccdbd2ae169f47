// Reading a page of 1,000 keys in Chromium: ours beside the browser build of AWS's SDK for JavaScript, the same bytes in
// the same page of the same run. Prints both and fails where ours takes more than a tenth.
//
// Ours is timed in the product, while it lists: from the moment that a page's body is there to the moment that the next
// page is asked for. That is more than parsing: the copy into wasm, the parse, the rows put into their columns, the
// signals, and the next request signed. Theirs is timed from the moment that the body is there to the moment that
// `send` gives the result; network and signing are left out of it.
import { chromium } from "@playwright/test";
import { build } from "esbuild";
import { fileURLToPath } from "node:url";
import { withSandbox } from "./sandbox.mjs";

const PAGES = 60;
/** Both get so many pages to warm up. */
const WARM_UP = 10;
const BAR = 10;

/** Runs in the page before anything of the portal's. */
function watch() {
  const ours = (window.ours = { bodies: [], milliseconds: [] });
  const [fetch, arrayBuffer] = [window.fetch, Response.prototype.arrayBuffer];
  let there;
  const isPage = (url) => String(url).includes("list-type=2");
  window.fetch = function (url, ...rest) {
    if (isPage(url) && there !== undefined) {
      ours.milliseconds.push(performance.now() - there);
      there = undefined;
    }
    return fetch.call(this, url, ...rest);
  };
  Response.prototype.arrayBuffer = async function () {
    const body = await arrayBuffer.call(this);
    if (isPage(this.url)) {
      ours.bodies.push(body.slice(0));
      there = performance.now();
    }
    return body;
  };
}

/** Runs in the page after the listing. */
const THEIRS = `
import { S3Client, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { HttpResponse } from "@smithy/core/protocols";

let body, there;
const client = new S3Client({
  region: "eu-west-1",
  credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" },
  requestHandler: {
    handle: async () => {
      const stream = new Response(body).body;
      there = performance.now();
      return { response: new HttpResponse({ statusCode: 200, headers: { "content-type": "application/xml" }, body: stream }) };
    },
  },
});
window.theirs = async (bodies) => {
  const milliseconds = [];
  for (body of bodies) {
    const result = await client.send(new ListObjectsV2Command({ Bucket: "synthetic", Prefix: "big/" }));
    milliseconds.push(performance.now() - there);
    if (result.Contents?.length !== 1000) throw new Error("a page of " + result.Contents?.length + " keys");
  }
  return milliseconds;
};`;

const bundle = await build({
  stdin: { contents: THEIRS, resolveDir: fileURLToPath(new URL("..", import.meta.url)), loader: "js" },
  bundle: true,
  write: false,
  format: "iife",
  platform: "browser",
  minify: true,
  logLevel: "error",
});

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const measure = async ({ balancer }) => {
  const executablePath = process.env.CHROMIUM_PATH;
  const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const page = await browser.newPage();
    await page.addInitScript(watch);
    // One lane: a page is read, and then the next is asked for.
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.setBlockedURLs", { urls: ["*/pkg/*lanes*"] });
    const to = "/browse?role=analyst&bucket=synthetic&prefix=big%2F";
    await page.goto(`${balancer}/sandbox/sign-in?${new URLSearchParams({ as: "analyst", to })}`);
    await page.getByText(/complete in/).first().waitFor({ timeout: 120_000 });
    // Not a script element: the portal's policy would refuse it, as it should.
    await page.evaluate(bundle.outputFiles[0].text);
    return await page.evaluate(async () => {
      const whole = window.ours.bodies.slice(0, -1);
      return { ours: window.ours.milliseconds, theirs: await window.theirs(whole), bytes: whole[0].byteLength };
    });
  } finally {
    await browser.close();
  }
};

const { ours, theirs, bytes } = await withSandbox(measure, ["--objects", String(PAGES * 1_000 + 1)]);
if (ours.length !== PAGES || theirs.length !== PAGES) throw new Error(`${ours.length} and ${theirs.length} pages were timed, not ${PAGES}`);
const [mine, yours] = [ours, theirs].map((values) => median(values.slice(WARM_UP)));
console.log(`A page of 1,000 keys (${bytes} bytes of XML) in Chromium, median of ${PAGES - WARM_UP}:`);
console.log(`${mine.toFixed(2).padStart(9)} ms  vestibule, from body to next request`);
console.log(`${yours.toFixed(2).padStart(9)} ms  @aws-sdk/client-s3, from body to result`);
console.log(`${(yours / mine).toFixed(1).padStart(9)} times as fast; the bar is ${BAR}`);
if (yours / mine < BAR) process.exitCode = 1;
