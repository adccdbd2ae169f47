//! How many requests are under way at once.

use std::cell::Cell;

/// Requests that must go well in a row until there is one lane more again.
const GOOD: u32 = 16;

/// The lanes: fewer while the service says that it is busy.
#[derive(Debug)]
pub(super) struct Pace {
    most: Cell<usize>,
    open: Cell<usize>,
    good: Cell<u32>,
    /// Counts the times that it was slowed down.
    slowed: Cell<u32>,
}

impl Pace {
    pub(super) fn new(most: usize) -> Self {
        Self { most: Cell::new(most), open: Cell::new(most), good: Cell::new(0), slowed: Cell::new(0) }
    }

    /// How many lanes there are.
    pub(super) fn open(&self) -> usize {
        self.open.get()
    }

    /// There are connections for so many.
    pub(super) fn widen(&self, most: usize) {
        if self.open.get() == self.most.get() {
            self.open.set(most);
        }
        self.open.set(self.open.get().min(most));
        self.most.set(most);
    }

    /// What a request that begins now says when it is refused.
    pub(super) fn moment(&self) -> u32 {
        self.slowed.get()
    }

    /// The service is busy: half of the lanes are closed, once for all requests that were under way.
    pub(super) fn ease(&self, moment: u32) {
        if moment == self.slowed.get() {
            self.slowed.set(moment + 1);
            self.open.set((self.open.get() / 2).max(1));
        }
        self.good.set(0);
    }

    /// A request went well.
    pub(super) fn went_well(&self) {
        self.good.set(self.good.get() + 1);
        if self.good.get() >= GOOD && self.open.get() < self.most.get() {
            self.open.set(self.open.get() + 1);
            self.good.set(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halved_once_for_what_was_under_way_and_grown_again_slowly() {
        let pace = Pace::new(12);
        let (one, other) = (pace.moment(), pace.moment());
        pace.ease(one);
        pace.ease(other);
        assert_eq!(pace.open(), 6);
        (0..5).for_each(|_| pace.ease(pace.moment()));
        assert_eq!(pace.open(), 1);
        (0..GOOD - 1).for_each(|_| pace.went_well());
        assert_eq!(pace.open(), 1);
        pace.went_well();
        assert_eq!(pace.open(), 2);
        (0..GOOD * 20).for_each(|_| pace.went_well());
        assert_eq!(pace.open(), 12);
    }

    #[test]
    fn what_was_slowed_down_stays_so_when_there_are_more_connections() {
        let pace = Pace::new(8);
        pace.widen(12);
        assert_eq!(pace.open(), 12);
        pace.ease(pace.moment());
        pace.widen(8);
        assert_eq!(pace.open(), 6);
        pace.widen(12);
        assert_eq!(pace.open(), 6);
    }
}
