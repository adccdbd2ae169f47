//! Which rows are in view: arithmetic of a scroll container that shows more rows than an element
//! can be high.
//!
//! Chromium caps an element at 33.5 million px, half of that at 200 % zoom. Above [`LIMIT`] the
//! scroll bar is scaled: where the container stands ("physical") and where the rows stand
//! ("top") part. Small steps, such as the wheel or a finger makes them, move the rows by
//! exactly as many pixels; long ones, such as dragging the scroll bar, go by proportion. Once the
//! container rests, or hits an end that the rows have not reached, it is put where the rows are.

/// Highest body in px before the scroll bar is scaled.
pub const LIMIT: f64 = 8_000_000.0;

/// Rows kept ready above and below those in view.
const SPARE: usize = 4;

/// Position of the rows in their container. All lengths in CSS px.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scroll {
    rows: usize,
    row_height: f64,
    viewport: f64,
    physical: f64,
    top: f64,
}

/// Rows are placed by their distance from one that is a multiple of this: no number grows so large that a browser rounds
/// it, and the number of a row that stays in view seldom changes.
const STRIDE: usize = 4_096;

/// The rows that must exist now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Window {
    /// First row that exists.
    pub first: usize,
    /// The row from which distances count.
    pub base: usize,
    /// Where the upper edge of that row stands in the body.
    pub offset: f64,
}

impl Default for Scroll {
    fn default() -> Self {
        Self { rows: 0, row_height: 36.0, viewport: 0.0, physical: 0.0, top: 0.0 }
    }
}

impl Scroll {
    /// Takes the measures of the container: height of a row, and of the container without its head.
    /// The first row in view stays where it is.
    pub fn measured(&mut self, row_height: f64, viewport: f64) {
        let row = self.top / self.row_height;
        self.row_height = row_height.max(1.0);
        self.viewport = viewport.max(0.0);
        self.top = within(row * self.row_height, self.max_top());
        self.physical = self.proportional();
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Takes the number of rows, which may grow and shrink.
    pub fn counted(&mut self, rows: usize) {
        self.rows = rows;
        self.top = within(self.top, self.max_top());
        self.physical = if self.scaled() { within(self.physical, self.max_physical()) } else { self.top };
    }

    /// How many row elements cover the container wherever it stands.
    #[must_use]
    pub fn pool(&self) -> usize {
        (self.viewport / self.row_height).ceil() as usize + 1 + 2 * SPARE
    }

    /// How many rows fit into the container: the step of Page Down.
    #[must_use]
    pub fn page(&self) -> usize {
        ((self.viewport / self.row_height).floor() as usize).max(1)
    }

    /// Height of the body element.
    #[must_use]
    pub fn body_height(&self) -> f64 {
        self.height().min(LIMIT)
    }

    /// The rows that must exist now, and where.
    #[must_use]
    pub fn window(&self) -> Window {
        self.beginning_with(self.first().saturating_sub(SPARE))
    }

    /// The rows of a pool of so many elements on the way from a window that begins with `from` to the one that must exist:
    /// one in four of those that change, and all that are in view. The others have time until the next frame, which has no
    /// scroll event to answer.
    #[must_use]
    pub fn toward(&self, from: usize, pool: usize) -> Window {
        let target = self.first().saturating_sub(SPARE);
        let (step, behind) = (target.abs_diff(from).div_ceil(4), ((self.top + self.viewport) / self.row_height).ceil() as usize);
        let part = if target > from { from + step } else { from - step };
        // All of them change, or some and the time of a frame is not worth it.
        let at_once = step < SPARE / 2 || target.abs_diff(from) >= pool;
        self.beginning_with(if at_once { target } else { part.min(self.first()).max(behind.saturating_sub(pool)) })
    }

    fn beginning_with(&self, first: usize) -> Window {
        let base = first - first % STRIDE;
        Window { first, base, offset: self.physical - self.top + base as f64 * self.row_height }
    }

    /// The container has scrolled to `physical`. Gives the position to put it at instead when it
    /// stands at an end that the rows have not reached.
    pub fn scrolled(&mut self, physical: f64) -> Option<f64> {
        let physical = within(physical, self.max_physical());
        let step = physical - self.physical;
        self.physical = physical;
        if !self.scaled() {
            self.top = physical;
            return None;
        }
        if step.abs() > self.viewport {
            self.top = physical / self.max_physical() * self.max_top();
            return None;
        }
        self.top = within(self.top + step, self.max_top());
        let (at_start, at_end) = (physical <= 0.5, physical >= self.max_physical() - 0.5);
        if at_start && self.top <= self.viewport {
            self.top = 0.0;
            return None;
        }
        if at_end && self.max_top() - self.top <= self.viewport {
            self.top = self.max_top();
            return None;
        }
        (at_start || at_end).then(|| self.settle()).flatten()
    }

    /// The container rests. Gives the position to put it at when it has drifted from the rows'
    /// proportion; the rows stay where they are.
    pub fn settle(&mut self) -> Option<f64> {
        if !self.scaled() {
            return None;
        }
        let physical = self.proportional();
        ((physical - self.physical).abs() > 1.0).then(|| {
            self.physical = physical;
            physical
        })
    }

    /// Brings `row` into view with the shortest way. Gives the position to put the container at
    /// when it must move.
    pub fn reveal(&mut self, row: usize) -> Option<f64> {
        let upper = row as f64 * self.row_height;
        // Before it is measured it has room for one row: that comes to the top.
        let lower = upper + self.row_height - self.viewport.max(self.row_height);
        let top = if upper < self.top { upper } else { self.top.max(lower) };
        ((top - self.top).abs() > 0.01).then(|| {
            self.top = within(top, self.max_top());
            self.physical = self.proportional();
            self.physical
        })
    }

    /// The first row of which any pixel is in view.
    #[must_use]
    pub fn first(&self) -> usize {
        (self.top / self.row_height).floor() as usize
    }

    /// Brings `row` to the top, or as near as there are rows below it. Gives the position to put the
    /// container at.
    pub fn lead_with(&mut self, row: usize) -> f64 {
        self.top = within(row as f64 * self.row_height, self.max_top());
        self.physical = self.proportional();
        self.physical
    }

    fn height(&self) -> f64 {
        self.rows as f64 * self.row_height
    }

    fn scaled(&self) -> bool {
        self.height() > LIMIT
    }

    fn max_top(&self) -> f64 {
        (self.height() - self.viewport).max(0.0)
    }

    fn max_physical(&self) -> f64 {
        (self.body_height() - self.viewport).max(0.0)
    }

    fn proportional(&self) -> f64 {
        if self.scaled() { self.top / self.max_top() * self.max_physical() } else { self.top }
    }
}

/// `position` brought between 0 and `most`, which is not negative. `f64::clamp` would panic with its
/// arguments where that is broken, and printing an `f64` takes 8 kB (brotli) of code that nothing else needs.
fn within(position: f64, most: f64) -> f64 {
    position.min(most).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scroll(rows: usize) -> Scroll {
        let mut scroll = Scroll::default();
        scroll.measured(36.0, 720.0);
        scroll.counted(rows);
        scroll
    }

    /// First and last row of which any pixel is in view, judged by where the window really stands.
    fn in_view(scroll: &Scroll) -> (f64, f64) {
        let Window { base, offset, .. } = scroll.window();
        let row_at = |y: f64| base as f64 + (y - offset) / scroll.row_height;
        (row_at(scroll.physical), row_at(scroll.physical + scroll.viewport))
    }

    #[test]
    fn unscaled_is_what_the_browser_does() {
        let mut list = scroll(1_000);
        assert_eq!(list.body_height(), 36_000.0);
        assert_eq!(list.scrolled(3_600.0), None);
        assert_eq!(list.window(), Window { first: 96, base: 0, offset: 0.0 });
        assert_eq!(list.settle(), None);
        assert_eq!(list.pool(), 29);
    }

    #[test]
    fn a_million_rows_reach_both_ends_by_the_scroll_bar() {
        let mut list = scroll(1_000_000);
        assert_eq!(list.body_height(), LIMIT);
        list.scrolled(LIMIT);
        assert_eq!(in_view(&list).1, 1_000_000.0);
        list.scrolled(0.0);
        assert_eq!(in_view(&list).0, 0.0);
    }

    #[test]
    fn a_million_rows_move_pixel_by_pixel_under_the_wheel() {
        let mut list = scroll(1_000_000);
        list.scrolled(4_000_000.0);
        let before = in_view(&list).0;
        list.scrolled(4_000_072.0);
        assert!((in_view(&list).0 - before - 2.0).abs() < 1e-6);
    }

    #[test]
    fn the_wheel_reaches_the_last_row_from_far_away() {
        let mut list = scroll(1_000_000);
        list.reveal(999_000);
        let mut turns = 0;
        while in_view(&list).1 < 1_000_000.0 {
            let wanted = list.physical + 100.0;
            list.scrolled(wanted);
            turns += 1;
            assert!(turns < 1_000, "stuck at {:?}", in_view(&list));
        }
    }

    #[test]
    fn changing_the_row_height_keeps_the_first_row() {
        let mut list = scroll(1_000);
        list.scrolled(3_600.0);
        list.measured(56.0, 600.0);
        assert_eq!(in_view(&list).0, 100.0);
    }

    proptest! {
        #[test]
        fn the_window_always_covers_the_container(
            rows in 0_usize..3_000_000, height in 20.0_f64..80.0, viewport in 0.0_f64..2_000.0,
            moves in prop::collection::vec((0_u8..4, 0.0_f64..1.0), 0..40),
        ) {
            let mut list = Scroll::default();
            list.measured(height, viewport);
            list.counted(rows);
            for (kind, amount) in moves {
                match kind {
                    0 => drop(list.scrolled(amount * list.max_physical())),
                    1 => drop(list.scrolled(list.physical + (amount - 0.5) * 2.0 * viewport)),
                    2 => drop(list.reveal((amount * rows.saturating_sub(1) as f64) as usize)),
                    _ => drop(list.settle()),
                }
                let (from, to) = in_view(&list);
                let Window { first, .. } = list.window();
                prop_assert!(from > -1e-3 && (to < rows as f64 + 1e-3 || list.max_top() == 0.0), "{from} {to}");
                prop_assert!(first as f64 <= from + 1e-3);
                prop_assert!((first + list.pool()) as f64 >= to - 1e-3);
                // On the way from anywhere, too.
                let from_row = (amount * rows as f64) as usize;
                for before in [from_row, first.saturating_sub(from_row % 40), first + from_row % 40] {
                    let way = list.toward(before, list.pool());
                    prop_assert!(way.first as f64 <= from + 1e-3 && (way.first + list.pool()) as f64 >= to - 1e-3, "{before} {way:?}");
                    prop_assert!(way.first.abs_diff(first) <= before.abs_diff(first) && (way.first == first || list.toward(way.first, list.pool()) != way));
                }
                prop_assert!(list.physical >= 0.0 && list.physical <= list.max_physical() + 1e-6);
            }
        }

        #[test]
        fn a_row_is_brought_to_the_top(rows in 1_usize..3_000_000, at in 0.0_f64..1.0) {
            let mut list = scroll(rows);
            let row = (at * (rows - 1) as f64) as usize;
            list.lead_with(row);
            let last = rows.saturating_sub(20);
            prop_assert_eq!(list.first(), row.min(last));
        }

        #[test]
        fn what_is_revealed_before_it_is_measured_is_in_view_afterwards(rows in 1_usize..3_000_000, at in 0.0_f64..1.0, height in 36.0_f64..3_000.0) {
            let mut list = Scroll::default();
            list.counted(rows);
            let row = (at * (rows - 1) as f64) as usize;
            list.reveal(row);
            list.measured(36.0, height);
            let (first, last) = in_view(&list);
            prop_assert!(first <= row as f64 + 1e-3 && row as f64 + 1.0 <= last + 1e-3, "{first} {row} {last}");
        }

        #[test]
        fn reveal_shows_the_whole_row(rows in 1_usize..3_000_000, at in 0.0_f64..1.0, from in 0.0_f64..1.0) {
            let mut list = scroll(rows);
            list.scrolled(from * list.max_physical());
            let row = (at * (rows - 1) as f64) as usize;
            list.reveal(row);
            let (first, last) = in_view(&list);
            prop_assert!(first <= row as f64 + 1e-3 && row as f64 + 1.0 <= last + 1e-3, "{first} {row} {last}");
        }
    }
}
