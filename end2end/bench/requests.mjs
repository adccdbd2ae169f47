// What the benches of uploads and downloads do beside the browser: credentials, curl, memory.
import { spawn } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { signIn } from "./sandbox.mjs";

/** Credentials of the role that may write, in the words of AWS's SDK. */
export async function credentials(endpoints) {
  const cookie = await signIn(endpoints.balancer, "analyst");
  const answer = await fetch(`${endpoints.balancer}/api/credentials`, {
    method: "POST",
    headers: { cookie, "content-type": "application/json", "x-vestibule-client": "bench" },
    body: JSON.stringify({ role: "uploader" }),
  });
  const { AccessKeyId, SecretAccessKey, SessionToken } = await answer.json();
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

/** A URL that is signed in its query. */
export function presigned(method, endpoint, path, query, { accessKeyId, secretAccessKey, sessionToken }) {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = [time.slice(0, 8), "eu-west-1", "s3", "aws4_request"];
  const all = {
    ...query,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": [accessKeyId, ...scope].join("/"),
    "X-Amz-Date": time,
    "X-Amz-Expires": "3600",
    "X-Amz-Security-Token": sessionToken,
    "X-Amz-SignedHeaders": "host",
  };
  const pairs = Object.keys(all).sort().map((name) => `${name}=${encodeURIComponent(all[name])}`).join("&");
  const canonical = [method, path, pairs, `host:${new URL(endpoint).host}`, "", "host", "UNSIGNED-PAYLOAD"].join("\n");
  const hash = createHash("sha256").update(canonical).digest("hex");
  const signing = scope.reduce((key, part) => createHmac("sha256", key).update(part).digest(), `AWS4${secretAccessKey}`);
  const signature = createHmac("sha256", signing).update(["AWS4-HMAC-SHA256", time, scope.join("/"), hash].join("\n")).digest("hex");
  return `${endpoint}${path}?${pairs}&X-Amz-Signature=${signature}`;
}

/** Resident memory of a process that is not shared with others, in bytes. */
export async function memory(pid) {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  return [...text.matchAll(/^Private_\w+:\s+(\d+) kB/gm)].reduce((sum, [, kB]) => sum + Number(kB) * 1024, 0);
}

/** Has curl do what the lines of its configuration say, over so many connections. */
export async function curl(lines, connections) {
  const child = spawn("curl", ["--silent", "--show-error", "--no-progress-meter", "--fail", "--parallel", "--parallel-immediate", "--parallel-max", `${connections}`, "-H", "Expect:", "-K", "-"]);
  child.stderr.on("data", (text) => process.stderr.write(text));
  child.stdin.end(lines.join("\n"));
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`curl ended with ${code}`);
}
