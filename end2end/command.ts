// A command as a terminal runs it: its two streams apart, its input open, without a terminal of ours behind it.

import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment } from './programs';

export class Command {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  stdout = '';
  stderr = '';

  constructor(program: string, words: readonly string[], env: Record<string, string>) {
    // A group of its own has no terminal, whoever started the test.
    this.#child = spawn(program, words, { env: environment(env), stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', () => resolve());
      this.#child.once('error', (error) => {
        this.stderr += String(error);
        resolve();
      });
    });
  }

  get runs(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Types or pastes something into it. */
  paste(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Waits for its end by itself, and gives the exit code. */
  async ended(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  async stop(): Promise<void> {
    if (this.runs) this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** A browser for `$BROWSER` that only writes down which address it was given. */
export class NotedBrowser {
  readonly program: string;
  readonly #note: string;

  constructor(folder: string) {
    this.program = join(folder, 'browser');
    this.#note = join(folder, 'address');
    writeFileSync(this.program, `#!/bin/sh\nprintf %s "$1" > '${this.#note}.new' && mv '${this.#note}.new' '${this.#note}'\n`);
    chmodSync(this.program, 0o755);
  }

  /** The address, once there is one. */
  address(): string {
    try {
      return readFileSync(this.#note, 'utf8');
    } catch {
      return '';
    }
  }
}
