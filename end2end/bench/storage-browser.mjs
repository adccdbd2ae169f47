// From navigation to the first row of a folder of 10,000 objects: Vestibule beside AWS's Storage Browser for S3, in turn, on
// the same S3, in the same run, each time in a new profile. Prints both and fails where ours takes more than half.
//
// Storage Browser is built as its documentation says, minified, and served by the portal itself from the same origin, with
// the same compression; it gets the same credentials from the same `/api/credentials`. It opens the folder directly, which
// spares it the page of locations. Two lines of its storage client are changed while it is bundled: it insists on https and
// on a host name for each bucket, and this S3 has neither. Its document is answered by the test driver, since the portal
// serves none that is not its own; requests of ours pass through the driver in the same way.
import { chromium } from "@playwright/test";
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { BINARY, withSandbox } from "./sandbox.mjs";

const OBJECTS = 10_000;
const RUNS = 9;
const BAR = 2;
const PEER = "@aws-amplify/ui-react-storage@3.18.2";
const PACKAGES = [PEER, "@aws-amplify/ui-react@6.15.6", "aws-amplify@6.22.1", "react@18.3.1", "react-dom@18.3.1"];
const [BUCKET, PREFIX] = ["synthetic", "big/"];

const target = fileURLToPath(new URL("../../target", import.meta.url));
const home = join(target, "bench", "storage-browser");

/** Installed beside what is built, once. */
function install() {
  const mark = join(home, "installed");
  if (existsSync(mark) && readFileSync(mark, "utf8") === PACKAGES.join()) return;
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "package.json"), '{"private":true}');
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...PACKAGES], { cwd: home, stdio: ["ignore", "ignore", "inherit"] });
  writeFileSync(mark, PACKAGES.join());
}

const source = (endpoint) => `
import React from "react";
import { createRoot } from "react-dom/client";
import { Amplify } from "aws-amplify";
import { createStorageBrowser } from "@aws-amplify/ui-react-storage/browser";
import "@aws-amplify/ui-react/styles.css";
import "@aws-amplify/ui-react-storage/styles.css";

Amplify.configure({});
const permissions = ["list", "get"];
const place = { bucket: ${JSON.stringify(BUCKET)}, prefix: ${JSON.stringify(PREFIX)}, permissions, type: "PREFIX", id: "1" };
const { StorageBrowser } = createStorageBrowser({
  config: {
    region: "eu-west-1",
    accountId: "000000000000",
    customEndpoint: ${JSON.stringify(endpoint.replace("http://", ""))},
    registerAuthListener: () => {},
    listLocations: async () => ({ items: [place], nextToken: undefined }),
    getLocationCredentials: async () => {
      const answer = await fetch("/api/credentials", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ role: "analyst" }),
      });
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = await answer.json();
      return {
        credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken, expiration: new Date(Expiration) },
      };
    },
  },
});
createRoot(document.getElementById("root")).render(
  <StorageBrowser.Provider defaultValue={{ location: { bucket: place.bucket, prefix: place.prefix, permissions, path: "" } }}>
    <StorageBrowser.LocationDetailView />
  </StorageBrowser.Provider>,
);`;

/** Their client, told of an S3 without TLS at one host name. */
const plainEndpoint = {
  name: "plain-endpoint",
  setup(builder) {
    builder.onLoad({ filter: /s3data[\\/]base\.mjs$/ }, ({ path }) => {
      const before = readFileSync(path, "utf8");
      const contents = before.replace("`https://${customEndpoint}`", "`http://${customEndpoint}`").replace("if (forcePathStyle ||", "if (true ||");
      if (contents.length === before.length) throw new Error("their client has changed: look at how it makes addresses");
      return { contents, resolveDir: dirname(path) };
    });
  },
};

/** A copy of the built site with Storage Browser in it. */
async function siteWithPeer(endpoint) {
  const site = mkdtempSync(join(tmpdir(), "vestibule-bench-"));
  cpSync(join(target, "site"), site, { recursive: true });
  const entry = join(home, "main.jsx");
  writeFileSync(entry, source(endpoint));
  await build({
    entryPoints: [entry],
    outdir: join(site, "peer"),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    jsx: "transform",
    define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
    plugins: [plainEndpoint],
    logLevel: "error",
  });
  for (const name of ["main.js", "main.css"]) {
    const path = join(site, "peer", name);
    writeFileSync(`${path}.br`, brotliCompressSync(readFileSync(path)));
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
  }
  return site;
}

const DOCUMENT = `<!doctype html><html lang="en"><title>Storage Browser</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/peer/main.css"><div id="root"></div><script type="module" src="/peer/main.js"></script></html>`;

/** Runs in both pages before anything else: notes when the frame with the first row was painted. */
function watch() {
  const isRow = (element) => /\b\d{4,}\b|\.\w+$/.test(element.textContent) && element.getClientRects().length > 0;
  const look = () => {
    const cells = document.querySelectorAll('[role="grid"] .entry__name, table tbody td');
    if (![...cells].some(isRow)) return requestAnimationFrame(look);
    const channel = new MessageChannel();
    channel.port1.onmessage = () => (window.firstRow = performance.now());
    channel.port2.postMessage(undefined);
  };
  requestAnimationFrame(look);
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Milliseconds from the start of the navigation until the first row stands there. */
async function firstRow(browser, balancer, url) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    await context.grantPermissions(["local-network-access"], { origin: balancer });
    const page = await context.newPage();
    await page.goto(`${balancer}/sandbox/sign-in?as=analyst&to=%2Fhealthz`);
    await page.addInitScript(watch);
    await page.route(`${balancer}/peer.html`, (route) => route.fulfill({ contentType: "text/html", body: DOCUMENT }));
    await page.goto(url, { waitUntil: "commit" });
    await page.waitForFunction(() => window.firstRow !== undefined, undefined, { timeout: 60_000 });
    return await page.evaluate(() => window.firstRow);
  } finally {
    await context.close();
  }
}

/** A port that is free now. */
const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

async function compare(latency) {
  // The address of S3 stands in their bundle, so the ports are chosen first: portal, S3, Lambda, STS, identity provider.
  const ports = await Promise.all(Array.from({ length: 5 }, freePort));
  const site = await siteWithPeer(`http://127.0.0.1:${ports[1]}`);
  process.env.LEPTOS_SITE_ROOT = site;
  const executablePath = process.env.CHROMIUM_PATH;
  const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ["--no-sandbox", "--disable-gpu"] });
  try {
    return await withSandbox(
      async ({ balancer }) => {
        const pages = {
          vestibule: `${balancer}/browse?${new URLSearchParams({ role: "analyst", bucket: BUCKET, prefix: PREFIX })}`,
          "Storage Browser": `${balancer}/peer.html`,
        };
        const found = { vestibule: [], "Storage Browser": [] };
        for (let run = 0; run <= RUNS; run++) {
          for (const [name, url] of Object.entries(pages)) {
            const one = await firstRow(browser, balancer, url);
            // The first of each warms both programs up.
            if (run > 0) found[name].push(one);
          }
        }
        return found;
      },
      ["--objects", String(OBJECTS), "--latency", String(latency), "--ports", ports.join()],
    );
  } finally {
    await browser.close();
    rmSync(site, { recursive: true, force: true });
  }
}

if (!existsSync(BINARY)) throw new Error("build the portal first: ./.dev/build");
install();
for (const latency of [0, 50]) {
  const found = await compare(latency);
  console.log(`First row of ${OBJECTS.toLocaleString("en")} objects, S3 answers after ${latency} ms; median of ${RUNS}, both in the same run:`);
  const medians = {};
  for (const [name, all] of Object.entries(found)) {
    medians[name] = median(all);
    console.log(`${medians[name].toFixed(0).padStart(9)} ms  ${name} (${Math.min(...all).toFixed(0)} to ${Math.max(...all).toFixed(0)})`);
  }
  const ratio = medians["Storage Browser"] / medians.vestibule;
  console.log(`${ratio.toFixed(2).padStart(9)} times as fast; the bar is ${BAR}`);
  if (ratio < BAR) process.exitCode = 1;
}
