//! Who closes a connection of the balancer once nothing is said on it any more. It must be the balancer: where the portal
//! is first, the balancer's next request can meet a closed connection, and becomes a 502.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

/// Counts them; its clones count together.
#[derive(Clone, Debug, Default)]
pub struct Silences(Family<CloserLabels, Counter>);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(in crate::server) struct CloserLabels {
    by: &'static str,
}

/// Who closed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum Closer {
    /// Its time-out is the shorter one, as it should be.
    Balancer,
    /// Nothing came for as long as the portal waits.
    Portal,
}

impl Closer {
    /// From how the connection ended; `None` where it broke.
    pub(super) fn of(ended: &Result<(), hyper::Error>) -> Option<Self> {
        match ended {
            Ok(()) => Some(Self::Balancer),
            Err(error) if error.is_timeout() => Some(Self::Portal),
            Err(_) => None,
        }
    }

    const fn labels(self) -> CloserLabels {
        CloserLabels {
            by: match self {
                Self::Balancer => "balancer",
                Self::Portal => "portal",
            },
        }
    }
}

impl Silences {
    /// One more.
    pub(in crate::server) fn ended_by(&self, closer: Closer) {
        self.0.get_or_create(&closer.labels()).inc();
    }

    /// How many ended that way.
    pub(in crate::server) fn count(&self, closer: Closer) -> u64 {
        self.0.get(&closer.labels()).map_or(0, |counter| counter.get())
    }

    /// What is shown of them to whoever collects figures.
    pub(in crate::server) fn figures(&self) -> Family<CloserLabels, Counter> {
        self.0.clone()
    }
}
