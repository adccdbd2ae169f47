//! How many requests with bodies are under way at once, and how many files are read.

use futures::channel::oneshot;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Over HTTP/1.1 a browser opens six connections to a host.
const CONNECTIONS: u32 = 6;

/// Requests that must go well in a row until there is one lane more again.
const GOOD: u32 = 8;

/// The lanes, shared by all transfers.
#[derive(Debug)]
pub(super) struct Lanes(Mutex<State>);

#[derive(Debug)]
struct State {
    most: u32,
    open: u32,
    taken: u32,
    good: u32,
    waiting: VecDeque<oneshot::Sender<()>>,
}

impl Lanes {
    /// For requests with bodies.
    pub(super) fn for_sending() -> Self {
        Self::of(CONNECTIONS)
    }

    /// For reading files. One piece after the other: all at once, each would be ready as late as the last,
    /// and nothing would be sent meanwhile.
    pub(super) fn for_reading() -> Self {
        Self::of(1)
    }

    fn of(most: u32) -> Self {
        Self(Mutex::new(State { most, open: most, taken: 0, good: 0, waiting: VecDeque::new() }))
    }

    /// Waits for a lane. It is free again when what is given is dropped.
    pub(super) async fn take(&self) -> Lane<'_> {
        loop {
            let turn = {
                let mut state = self.state();
                if state.taken < state.open {
                    state.taken += 1;
                    return Lane(self);
                }
                let (sender, turn) = oneshot::channel();
                state.waiting.push_back(sender);
                turn
            };
            // Dropped or called: either way there may be one now.
            let _ = turn.await;
        }
    }

    /// The service is busy: half of the lanes are closed.
    pub(super) fn ease(&self) {
        let mut state = self.state();
        state.open = (state.open / 2).max(1);
        state.good = 0;
    }

    /// A request went well.
    pub(super) fn went_well(&self) {
        let mut state = self.state();
        state.good += 1;
        if state.good >= GOOD && state.open < state.most {
            state.open += 1;
            state.good = 0;
            state.call();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Calls the first who still waits.
    fn call(&mut self) {
        while let Some(next) = self.waiting.pop_front() {
            if next.send(()).is_ok() {
                break;
            }
        }
    }
}

/// A lane that is taken.
#[derive(Debug)]
pub(super) struct Lane<'a>(&'a Lanes);

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.taken -= 1;
        state.call();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn six_and_no_more() {
        let lanes = Lanes::for_sending();
        let mut taken: Vec<Lane<'_>> = (0..6).map(|_| lanes.take().now_or_never().unwrap()).collect();
        let mut seventh = Box::pin(lanes.take());
        let mut gave_up = Box::pin(lanes.take());
        assert!((&mut seventh).now_or_never().is_none() && (&mut gave_up).now_or_never().is_none());
        drop(gave_up);
        taken.pop();
        assert!(seventh.now_or_never().is_some());
    }

    #[test]
    fn a_busy_service_gets_fewer_until_it_goes_well() {
        let lanes = Lanes::for_sending();
        let open = |lanes: &Lanes| lanes.state().open;
        lanes.ease();
        assert_eq!(open(&lanes), 3);
        (0..5).for_each(|_| lanes.ease());
        assert_eq!(open(&lanes), 1);
        let first = lanes.take().now_or_never().unwrap();
        let mut second = Box::pin(lanes.take());
        assert!((&mut second).now_or_never().is_none());
        (0..GOOD).for_each(|_| lanes.went_well());
        assert!(second.now_or_never().is_some());
        drop(first);
        (0..GOOD * 20).for_each(|_| lanes.went_well());
        assert_eq!(open(&lanes), CONNECTIONS);
    }
}
