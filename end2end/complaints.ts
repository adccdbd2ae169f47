// What a browser complains of while a test runs: errors and warnings on the console (violations of the content security
// policy among them) and exceptions that nobody caught.

import { type BrowserContext, expect } from '@playwright/test';

/** The complaints of one context, every page of it. */
export class Complaints {
  private readonly heard: string[] = [];
  private readonly foreseen: RegExp[] = [];
  private readonly tolerated: RegExp[] = [];

  /** Listens from now on. */
  listen(context: BrowserContext): void {
    context.on('console', (message) => {
      const kind = message.type();
      if (kind === 'error' || kind === 'warning' || kind === 'assert') {
        this.heard.push(`${kind}: ${message.text()} (${message.location().url.split('?')[0]})`);
      }
    });
    context.on('weberror', (error) => this.heard.push(`exception: ${error.error().message}`));
  }

  /** A complaint that belongs to what is tested, such as the browser's own line about a status 403. It has to come. */
  foresee(complaint: RegExp): void {
    this.foreseen.push(complaint);
  }

  /** A complaint that may come or not, because it depends on how fast the machine is. */
  tolerate(complaint: RegExp): void {
    this.tolerated.push(complaint);
  }

  /** What nobody foresaw, and what was foreseen but did not come. */
  verdict(): string[] {
    const unforeseen = this.heard.filter((line) => ![...this.foreseen, ...this.tolerated].some((complaint) => complaint.test(line)));
    const missing = this.foreseen.filter((complaint) => !this.heard.some((line) => complaint.test(line)));
    return [...unforeseen, ...missing.map((complaint) => `did not come: ${complaint}`)];
  }
}

/** The fixture: listens while a test runs, and fails it for what nobody foresaw. */
export async function listening({ context }: { context: BrowserContext }, use: (complaints: Complaints) => Promise<void>): Promise<void> {
  const complaints = new Complaints();
  complaints.listen(context);
  await use(complaints);
  expect(complaints.verdict(), 'complaints of the browser').toEqual([]);
}
