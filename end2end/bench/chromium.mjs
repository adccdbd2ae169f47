// A Chromium that nobody looks at while it works. Playwright has each page report every request and every answer, which
// takes a tenth of the processor time of a listing; here a page reports nothing but what is asked of it.
import { chromium } from "@playwright/test";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Chromium, spoken to over a pipe (https://chromedevtools.github.io/devtools-protocol/), for the time of `work`. */
export async function withChromium(work, flags = []) {
  const profile = await mkdtemp(join(tmpdir(), "bench-chromium-"));
  const child = spawn(
    process.env.CHROMIUM_PATH || chromium.executablePath(),
    ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1440,900", "--remote-debugging-pipe", `--user-data-dir=${profile}`, ...flags],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
  );
  const ended = new Promise((resolve) => child.once("close", resolve));
  const waiting = new Map();
  const listeners = new Set();
  let [count, unread] = [0, ""];
  child.stdio[4].setEncoding("utf8").on("data", (text) => {
    const messages = (unread + text).split("\0");
    unread = messages.pop();
    for (const { id, result, error, method, params } of messages.map((message) => JSON.parse(message))) {
      if (method) listeners.forEach((listener) => listener(method, params));
      const answer = waiting.get(id);
      waiting.delete(id);
      if (error) answer?.reject(new Error(error.message));
      else answer?.resolve(result);
    }
  });
  child.stdio[3].on("error", () => undefined);
  void ended.then(() => waiting.forEach(({ reject }) => reject(new Error("Chromium ended"))));
  const send = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      waiting.set(++count, { resolve, reject });
      child.stdio[3].write(`${JSON.stringify({ id: count, method, params, sessionId })}\0`);
    });
  /** Calls `listener` for each event, until what it returns is called. */
  const listen = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  try {
    return await work(send, listen);
  } finally {
    child.kill("SIGTERM");
    await ended;
    // Its children write for a moment longer.
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/** A page with a profile of its own, in which `before` runs before anything else, for the time of `work`. */
export async function withPage(send, before, work) {
  const { browserContextId } = await send("Target.createBrowserContext");
  try {
    const { targetId } = await send("Target.createTarget", { url: "about:blank", browserContextId });
    const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
    await send("Page.enable", {}, sessionId);
    await send("Page.addScriptToEvaluateOnNewDocument", { source: before }, sessionId);
    const run = async (what, ...values) => {
      const expression = `(${what})(${values.map((value) => JSON.stringify(value)).join(", ")})`;
      const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true }, sessionId);
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    };
    const open = (url) => send("Page.navigate", { url }, sessionId);
    return await work({ open, run, send: (method, params) => send(method, params, sessionId) });
  } finally {
    await send("Target.disposeBrowserContext", { browserContextId });
  }
}
