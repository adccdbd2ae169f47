// The page that gives a terminal its credentials.

import { type Locator, type Page } from '@playwright/test';

export class TerminalPage {
  readonly question: Locator;
  readonly code: Locator;
  readonly send: Locator;
  readonly copy: Locator;
  readonly sealed: Locator;
  readonly used: Locator;
  /** What the command itself answers the browser. */
  readonly delivered: Locator;

  constructor(page: Page) {
    this.question = page.getByRole('region', { name: 'Give a terminal your credentials?' });
    this.code = page.getByRole('img', { name: 'Check code' });
    this.send = page.getByRole('button', { name: 'Send to the terminal' });
    this.copy = page.getByRole('button', { name: 'Copy for a terminal elsewhere' });
    this.sealed = page.getByRole('group', { name: 'Sealed credentials' });
    this.used = page.getByRole('heading', { name: 'This page has been used' });
    this.delivered = page.getByRole('heading', { name: 'Your terminal has the credentials' });
  }
}
