// Admin: everybody's sessions, ending them, blocks.

import { type Locator, type Page, expect } from '@playwright/test';

export class AdminPage {
  readonly grid: Locator;
  /** The line below the sessions. */
  readonly footer: Locator;
  readonly person: Locator;
  readonly role: Locator;
  readonly state: Locator;
  readonly endSelected: Locator;
  readonly export: Locator;
  readonly dialog: Locator;
  readonly blocks: Locator;
  /** What came of the last thing that was done. */
  readonly outcome: Locator;
  readonly totals: Locator;
  readonly expiries: Locator;

  constructor(private readonly page: Page) {
    this.grid = page.getByRole('grid', { name: 'Sessions' });
    this.footer = page.locator('.browse__foot > span').first();
    this.person = page.getByRole('searchbox', { name: 'Person' });
    this.role = page.getByRole('combobox', { name: 'Role' });
    this.state = page.getByRole('combobox', { name: 'State' });
    this.endSelected = page.getByRole('button', { name: /^End selected/ });
    this.export = page.getByRole('button', { name: 'Export CSV' });
    this.dialog = page.getByRole('dialog');
    this.blocks = page.getByRole('list', { name: 'Blocked people' });
    this.outcome = page.locator('.admin__outcome');
    this.totals = page.locator('.totals');
    this.expiries = page.getByRole('list', { name: 'When live sessions expire' });
  }

  /** Waits until all sessions are there. */
  async complete(): Promise<void> {
    await expect(this.footer).toContainText('kept up to date');
  }

  /** The rows in view: those that have a session. */
  rows(text?: string | RegExp): Locator {
    const rows = this.grid.locator('[role=row][id]:not([hidden])');
    return text === undefined ? rows : rows.filter({ hasText: text });
  }

  /** What a figure says. */
  figure(name: string): Locator {
    return this.totals.locator('div', { hasText: name }).locator('dd');
  }
}
