// Starts `vestibule sandbox`, one process for everything, and ends it by its id.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** The program that is tested. (Not `VESTIBULE_…`: it refuses names of that kind which it does not know.) */
const BINARY = resolve(import.meta.dirname, process.env['PORTAL_BINARY'] ?? '../target/release/vestibule');

/** Milliseconds for a start on a busy machine. */
const START = 30_000;

/** Where everything listens. */
export interface Endpoints {
  balancer: string;
  portal: string;
  s3: string;
  lambda: string;
  sts: string;
  idp: string;
}

/** How to start it. */
export interface SandboxOptions {
  /** The ports, in the order of `Endpoints`. Without them, the system gives six free ones. */
  ports?: number[];
  /** Synthetic objects in the bucket `synthetic`. */
  objects?: number;
  /** Milliseconds before each of S3's answers. */
  latency?: number;
  /** Where it makes the folder of its session store; the system's temporary folder otherwise. */
  folder?: string;
}

/** A running sandbox. */
export class Sandbox {
  private constructor(
    private readonly process: ChildProcess,
    readonly endpoints: Endpoints,
    private readonly lines: string[],
  ) {}

  /** Resolves once everything answers. */
  static async start({ ports = [], objects = 1_000, latency = 0, folder }: SandboxOptions = {}): Promise<Sandbox> {
    const [balancer = 0, ...behind] = ports;
    const options = ['--listen', `127.0.0.1:${balancer}`, '--objects', `${objects}`, '--latency', `${latency}`];
    if (behind.length > 0) options.push('--ports', behind.join(','));
    const child = spawn(BINARY, ['sandbox', ...options], {
      // Two folders above it: the checkout, whose `target/site` is served.
      cwd: resolve(dirname(BINARY), '../..'),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: folder === undefined ? process.env : { ...process.env, TMPDIR: folder },
    });
    // A worker that is told to end leaves no sandbox behind. (One that is killed cannot help it.)
    process.once('exit', () => child.kill('SIGKILL'));
    const lines: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
    const endpoints = await new Promise<Endpoints>((ready, failed) => {
      const timer = setTimeout(() => failed(new Error(`the sandbox is not ready:\n${lines.join('\n')}`)), START);
      child.once('error', (error) => failed(new Error(`${BINARY} does not start: ${error.message}`)));
      child.once('exit', (code) => failed(new Error(`the sandbox ended with ${code}:\n${lines.join('\n')}`)));
      createInterface({ input: child.stdout }).on('line', (line) => {
        lines.push(line);
        if (line.startsWith('{"ready":')) {
          clearTimeout(timer);
          ready((JSON.parse(line) as { ready: Endpoints }).ready);
        }
      });
    }).catch((error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    });
    return new Sandbox(child, endpoints, lines);
  }

  /** Where it listens, to start another in its place. */
  ports(): number[] {
    const { balancer, portal, s3, lambda, sts, idp } = this.endpoints;
    return [balancer, portal, s3, lambda, sts, idp].map((url) => Number(new URL(url).port));
  }

  /** Everything that it wrote so far. */
  log(): string {
    return this.lines.join('\n');
  }

  /** Ends it; when this resolves, its ports are free. */
  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await ended;
  }
}
