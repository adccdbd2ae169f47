//! `[metrics]`: where figures for Prometheus are given out.

use super::Metrics;
use super::section::Section;

/// Reads the section.
pub(super) fn read(mut section: Section<'_>) -> Metrics {
    let listen = section.text("listen").and_then(|text| {
        let address = text.parse().ok();
        if address.is_none() {
            section.problem("listen", "is not an address and port", "write it as 127.0.0.1:9464, or take it out to have no metrics");
        }
        address
    });
    section.close();
    Metrics { listen }
}
