// 200 objects of 5 MiB from the sandbox as one ZIP into Chromium's storage for the site, beside curl that fetches the same
// objects with as many connections, in the same run. Prints both and what memory the page took, and fails where that is
// above its bar.
//
// Ours is timed from the click to the moment that the page says it is saved: listing, signatures, checksums, the archive
// and the writing of 1 GiB to the disk are in it. curl's requests are signed before its clock starts, and what it fetches
// it throws away.
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { chromium } from "@playwright/test";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { credentials, curl, memory, presigned } from "./requests.mjs";
import { withSandbox } from "./sandbox.mjs";

const MEBIBYTE = 1024 * 1024;
const OBJECTS = 200;
const SIZE = 5 * MEBIBYTE;
const CONNECTIONS = 6;
/** Memory above that of the idle page. Most of it is what Chromium's garbage collector lets gather; it does not grow with the size. */
const MEMORY_BAR = 320 * MEBIBYTE;
const ROUNDS = 2;
const PREFIX = "bench/";
const key = (number) => `${PREFIX}object-${String(number).padStart(3, "0")}.bin`;

async function ours(endpoints) {
  // With a profile on the disk: without one the storage of a site is in memory.
  const profile = await mkdtemp(join(tmpdir(), "bench-download-"));
  const context = await chromium.launchPersistentContext(profile, { executablePath: process.env.CHROMIUM_PATH, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const page = await context.newPage();
    // Nobody is there to answer the browser's dialog.
    await page.addInitScript(() => delete window.showSaveFilePicker);
    const to = `/browse?role=uploader&bucket=uploads&prefix=${encodeURIComponent(PREFIX)}`;
    await page.goto(`${endpoints.balancer}/sandbox/sign-in?${new URLSearchParams({ as: "analyst", to })}`);
    await page.getByRole("button", { name: "Download", exact: true }).click();
    await page.waitForTimeout(2_000);
    const { renderers, all } = await processes(profile);
    const sum = async (pids) => (await Promise.all(pids.map((pid) => memory(pid).catch(() => 0)))).reduce((a, b) => a + b, 0);
    const idle = { page: await sum(renderers), browser: await sum(all) };
    const most = { ...idle };
    const watch = setInterval(async () => {
      most.page = Math.max(most.page, await sum(renderers));
      most.browser = Math.max(most.browser, await sum(all));
    }, 200);
    const begun = performance.now();
    await page.getByRole("button", { name: "Everything in this folder" }).click();
    await page.getByRole("heading", { name: /1 file saved/ }).waitFor({ timeout: 120_000 });
    const seconds = (performance.now() - begun) / 1_000;
    clearInterval(watch);
    return { seconds, page: most.page - idle.page, browser: most.browser - idle.browser };
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}

/** The processes of the browser with this profile: those of pages, and all. */
async function processes(profile) {
  const lines = new Map();
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    const parent = /^PPid:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, "utf8").catch(() => ""))?.[1];
    lines.set(pid, { line, parent });
  }
  const all = [...lines].filter(([, { line }]) => line.includes(profile)).map(([pid]) => pid);
  for (let at = 0; at < all.length; at += 1) for (const [pid, { parent }] of lines) if (parent === all[at] && !all.includes(pid)) all.push(pid);
  return { renderers: all.filter((pid) => lines.get(pid).line.includes("--type=renderer")), all };
}

async function curls(endpoints) {
  const held = await credentials(endpoints);
  const lines = [];
  for (let number = 0; number < OBJECTS; number += 1) lines.push(`url = "${presigned("GET", endpoints.s3, `/uploads/${key(number)}`, {}, held)}"`, "output = /dev/null");
  const begun = performance.now();
  await curl(lines, CONNECTIONS);
  return (performance.now() - begun) / 1_000;
}

async function fill(endpoints) {
  const s3 = new S3Client({ region: "eu-west-1", endpoint: endpoints.s3, forcePathStyle: true, credentials: await credentials(endpoints) });
  const body = Buffer.alloc(SIZE);
  for (let number = 0; number < OBJECTS; number += 1) {
    for (let word = 0; word < SIZE; word += 64) body.writeUInt32LE((Math.imul(number + word, 2_654_435_761) ^ word) >>> 0, word);
    await s3.send(new PutObjectCommand({ Bucket: "uploads", Key: key(number), Body: body }));
  }
}

const rate = (seconds) => `${((OBJECTS * SIZE) / seconds / 1e6).toFixed(1)} MB/s`;
const megabytes = (bytes) => `${(bytes / MEBIBYTE).toFixed(0)} MiB`;
const best = { curl: Infinity, ours: { seconds: Infinity, page: 0, browser: 0 } };
for (const latency of [0, 20]) {
  best.curl = best.ours.seconds = Infinity;
  await withSandbox(
    async (endpoints) => {
      await fill(endpoints);
      for (let round = 0; round < ROUNDS; round += 1) {
        const theirs = await curls(endpoints);
        const here = await ours(endpoints);
        console.log(`download   ${latency} ms   curl ${rate(theirs)}   ours ${rate(here.seconds)}   memory above idle: page ${megabytes(here.page)}, whole browser ${megabytes(here.browser)}`);
        best.curl = Math.min(best.curl, theirs);
        if (here.seconds < best.ours.seconds) best.ours = here;
      }
    },
    ["--latency", `${latency}`],
  );
  const share = best.curl / best.ours.seconds;
  console.log(`download   ${latency} ms   ${share.toFixed(3)} of curl, which writes nothing; page ${megabytes(best.ours.page)} above idle (bar ${megabytes(MEMORY_BAR)})`);
  if (best.ours.page > MEMORY_BAR) process.exitCode = 1;
}
