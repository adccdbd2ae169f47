// Functions: a list, a payload, a result.

import { type Locator, type Page, expect } from '@playwright/test';

/** As the list of ways to invoke has them. */
export type How = 'Wait for the result' | 'Stream the result' | 'Queue, without a result' | 'Check permission only';

export class FunctionsPage {
  readonly list: Locator;
  readonly payload: Locator;
  readonly invoke: Locator;
  readonly how: Locator;
  readonly qualifier: Locator;
  readonly stopWaiting: Locator;
  /** The list of saved events. */
  readonly saved: Locator;
  /** The runs of this tab. */
  readonly runs: Locator;
  readonly difference: Locator;
  readonly tryNow: Locator;
  readonly save: Locator;
  /** What came back, with its bar. */
  readonly result: Locator;
  /** The line below the payload. */
  readonly check: Locator;

  constructor(private readonly page: Page) {
    this.list = page.getByRole('navigation', { name: 'Functions' });
    this.payload = page.getByRole('textbox', { name: 'Payload' });
    this.invoke = page.getByRole('button', { name: /^(Invoke|Queue|Check)\b/ });
    this.saved = page.getByRole('combobox', { name: 'Saved events' });
    this.runs = page.getByRole('region', { name: 'History of this tab' }).getByRole('listitem').filter({ has: page.getByRole('button') });
    this.difference = page.getByLabel('Difference', { exact: true });
    this.how = page.getByRole('combobox', { name: 'How to invoke' });
    this.qualifier = page.getByRole('combobox', { name: 'Version or alias' });
    this.tryNow = page.getByRole('button', { name: 'Try now' });
    this.save = page.getByRole('button', { name: 'Save the result as a file' });
    this.stopWaiting = page.getByRole('button', { name: 'Stop waiting' });
    this.result = page.locator('section.pane', { has: page.getByRole('heading', { name: 'Result' }) });
    this.check = page.locator('#payload-check');
  }

  /** Saves the payload under a name. */
  async keep(name: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Save the payload as an event' }).click();
    const field = this.page.getByRole('textbox', { name: 'Name of the event' });
    await expect(field).toBeFocused();
    await field.fill(name);
    await field.press('Enter');
  }

  async call(payload: string, how?: How): Promise<void> {
    if (how !== undefined) await this.how.selectOption(how);
    await this.payload.fill(payload);
    await this.invoke.click();
  }
}
