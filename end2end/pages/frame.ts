// What stands around every page: sections, role, time left, person.

import type { Locator, Page } from '@playwright/test';

export class Frame {
  readonly sections: Locator;
  readonly role: Locator;
  readonly timeLeft: Locator;
  readonly person: Locator;
  readonly credentials: Locator;

  constructor(private readonly page: Page) {
    this.sections = page.getByRole('navigation', { name: 'Sections' });
    this.role = page.getByRole('button', { name: /^Role:/ });
    this.timeLeft = page.getByRole('button', { name: /^Credentials last/ });
    this.person = page.getByRole('button', { name: /signed in as/ });
    this.credentials = page.getByRole('group', { name: 'Credentials' });
  }

  async choose(role: string): Promise<void> {
    await this.role.click();
    await this.page.getByRole('group', { name: 'Roles' }).getByRole('link', { name: role }).click();
  }

  async signOut(): Promise<void> {
    await this.person.click();
    await this.page.getByRole('link', { name: 'Sign out' }).click();
  }

  /** A notice that takes the place of content: empty, refused or failed. */
  notice(title: string | RegExp): Locator {
    return this.page.locator('section.notice', { has: this.page.getByRole('heading', { name: title }) });
  }
}
