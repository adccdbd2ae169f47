// Flow: how the page got its credentials, step by step.

import type { Locator, Page } from '@playwright/test';

export class FlowPage {
  readonly steps: Locator;
  /** The names above the lanes. */
  readonly parties: Locator;
  readonly again: Locator;
  readonly anew: Locator;
  readonly drawer: Locator;
  /** What the drawer says of values that are an example's. */
  readonly examples: Locator;
  /** What the drawer has for the environment of its code. */
  readonly environment: Locator;
  readonly handbook: Locator;

  constructor(private readonly page: Page) {
    this.steps = page.locator('.flow details');
    this.parties = page.locator('.lanes__names > span');
    this.again = page.getByRole('button', { name: 'Run again' });
    this.anew = page.getByRole('button', { name: 'Mint anew' });
    this.drawer = page.getByRole('region', { name: 'Do it yourself' });
    this.examples = this.drawer.locator('.drawer__examples');
    this.environment = this.drawer.locator('.drawer__environment');
    this.handbook = page.getByRole('region', { name: 'In the handbook' });
  }

  step(number: number): Locator {
    return this.steps.nth(number - 1);
  }

  /** The state of every step, in order. */
  async states(): Promise<(string | null)[]> {
    await this.steps.nth(7).waitFor();
    return this.steps.evaluateAll((steps) => steps.map((step) => step.getAttribute('data-state')));
  }

  /** Opens a step, and gives it. */
  async open(number: number): Promise<Locator> {
    const step = this.step(number);
    if ((await step.getAttribute('open')) === null) await step.locator('summary').click();
    return step;
  }

  async doItYourself(language: string): Promise<string> {
    if (!(await this.drawer.isVisible())) await this.page.getByRole('button', { name: 'Do it yourself' }).click();
    await this.drawer.getByRole('tab', { name: language }).click();
    return (await this.drawer.getByRole('tabpanel').locator('.drawer__code').textContent()) ?? '';
  }
}
