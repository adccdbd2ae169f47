// What a page can look like, and how to get there.

import type { Page } from '@playwright/test';
import type { Persona } from '../visitor';

export interface State {
  name: string;
  persona: Persona;
  to: string;
  /** Complaints of the browser that belong to it. */
  foreseen?: RegExp[];
  /** Waits for the state, or leads to it. */
  reach: (page: Page) => Promise<void>;
}

export const heading = (name: string) => (page: Page) => page.getByRole('heading', { name }).waitFor();
export const complete = (page: Page): Promise<void> => page.getByText(/complete in/).first().waitFor();
