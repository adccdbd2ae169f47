// 1 GiB, or so many as `GIBIBYTES` says, from Chromium to the sandbox's bucket `discard`, which takes 100 MB a second and
// answers after 20 ms, beside curl with as many connections, the same parts, the same bucket, the same run. Prints both
// and what memory the page took, and fails where ours is slower than the bar.
//
// Ours is timed from the moment that the file is chosen to the moment that the page says it is stored, so the checksums
// of all parts, the preflights and the signatures are in it. curl's requests are signed before its clock starts, and it
// computes no checksum; beginning and completing the upload are in both.
import { CompleteMultipartUploadCommand, CreateMultipartUploadCommand, ListPartsCommand, S3Client } from "@aws-sdk/client-s3";
import { chromium } from "@playwright/test";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { credentials, curl, memory, presigned } from "./requests.mjs";
import { withSandbox } from "./sandbox.mjs";

const MEBIBYTE = 1024 * 1024;
const SIZE = Number(process.env.GIBIBYTES ?? 1) * 1024 * MEBIBYTE;
const PART = 16 * MEBIBYTE;
const CONNECTIONS = 6;
const BAR = 0.95;
/** Memory above that of the idle page. */
const MEMORY_BAR = 64 * MEBIBYTE;
const ROUNDS = 2;

/** A file of `size` bytes that differ. */
async function write(path, size) {
  const block = Buffer.alloc(MEBIBYTE);
  const file = await open(path, "w");
  for (let at = 0; at < size; at += MEBIBYTE) {
    for (let word = 0; word < MEBIBYTE; word += 4) block.writeUInt32LE((Math.imul(at + word, 2_654_435_761) ^ at) >>> 0, word);
    await file.write(block);
  }
  await file.close();
}

async function ours(endpoints, path, key) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const page = await browser.newPage();
    const to = `/browse?role=uploader&bucket=discard&prefix=${encodeURIComponent(key)}%2F`;
    await page.goto(`${endpoints.balancer}/sandbox/sign-in?${new URLSearchParams({ as: "analyst", to })}`);
    const button = page.getByRole("button", { name: /^Upload/ });
    await button.waitFor();
    await page.waitForTimeout(2_000);
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    const renderers = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
    const all = processInfo.map(({ id }) => id);
    const sum = async (pids) => (await Promise.all(pids.map((pid) => memory(pid).catch(() => 0)))).reduce((a, b) => a + b, 0);
    const idle = { page: await sum(renderers), browser: await sum(all) };
    const most = { ...idle };
    const watch = setInterval(async () => {
      most.page = Math.max(most.page, await sum(renderers));
      most.browser = Math.max(most.browser, await sum(all));
    }, 200);
    await button.click();
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Files…" }).click();
    const begun = performance.now();
    // Playwright looks twice a second; the page is asked to say it at once.
    const stored = page.evaluate(
      () =>
        new Promise((resolve) => {
          const look = () => [...document.querySelectorAll("h2")].some(({ textContent }) => /1 file stored/.test(textContent)) && resolve();
          new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
        }),
    );
    await (await chooser).setFiles(path);
    await stored;
    const seconds = (performance.now() - begun) / 1_000;
    clearInterval(watch);
    return { seconds, page: most.page - idle.page, browser: most.browser - idle.browser };
  } finally {
    await browser.close();
  }
}

async function curls(endpoints, parts, key) {
  const held = await credentials(endpoints);
  const s3 = new S3Client({ region: "eu-west-1", endpoint: endpoints.s3, forcePathStyle: true, credentials: held });
  const target = { Bucket: "discard", Key: key };
  const created = performance.now();
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(target));
  const creating = performance.now() - created;
  const lines = [];
  for (const [at, part] of parts.entries()) {
    const url = presigned("PUT", endpoints.s3, `/discard/${key}`, { partNumber: `${at + 1}`, uploadId: UploadId }, held);
    lines.push(`upload-file = "${part}"`, `url = "${url}"`, "output = /dev/null");
  }
  const begun = performance.now();
  await curl(lines, CONNECTIONS);
  const { Parts } = await s3.send(new ListPartsCommand({ ...target, UploadId }));
  await s3.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts: Parts.map(({ ETag, PartNumber }) => ({ ETag, PartNumber })) } }));
  return (performance.now() - begun + creating) / 1_000;
}

const folder = await mkdtemp(join(tmpdir(), "bench-upload-"));
try {
  const whole = join(folder, "whole.bin");
  await write(whole, SIZE);
  const parts = [];
  for (let at = 0; at < SIZE / PART; at += 1) {
    parts.push(join(folder, `part-${at}`));
    await write(parts[at], PART);
  }
  const rate = (seconds) => `${(SIZE / seconds / 1e6).toFixed(1)} MB/s`;
  const best = { curl: Infinity, ours: { seconds: Infinity, page: 0, browser: 0 } };
  await withSandbox(
    async (endpoints) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const theirs = await curls(endpoints, parts, `curl-${round}`);
        const here = await ours(endpoints, whole, `ours-${round}`);
        console.log(`upload   curl ${rate(theirs)}   ours ${rate(here.seconds)}   memory above idle: page ${(here.page / MEBIBYTE).toFixed(0)} MiB, whole browser ${(here.browser / MEBIBYTE).toFixed(0)} MiB`);
        best.curl = Math.min(best.curl, theirs);
        if (here.seconds < best.ours.seconds) best.ours = here;
      }
    },
    ["--latency", "20"],
  );
  const share = best.curl / best.ours.seconds;
  console.log(`upload   ${share.toFixed(3)} of curl (bar ${BAR}), page ${(best.ours.page / MEBIBYTE).toFixed(0)} MiB above idle (bar ${MEMORY_BAR / MEBIBYTE})`);
  if (share < BAR || best.ours.page > MEMORY_BAR) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}
