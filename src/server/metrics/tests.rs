use super::*;
use crate::model::error::ErrorCode;

/// The value of a series.
fn value(metrics: &Metrics, series: &str) -> Option<f64> {
    metrics.text().lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

#[test]
fn names_follow_prometheus() {
    let metrics = Metrics::new();
    metrics.mint(None, Err(&PortalError::new(ErrorCode::NotEntitled, "m", "n")), Duration::ZERO, None);
    metrics.verification(Ok(()));
    metrics.key_fetch(Err(&FetchError::TimedOut));
    metrics.store_write(Ok(Recorded::Kept), Duration::from_millis(2));
    metrics.packed_policy(&RoleId::parse("analyst").unwrap(), 81);
    metrics.reload(false);
    let text = metrics.text();
    assert!(text.ends_with("# EOF\n"), "{text}");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        assert!(line.starts_with("vestibule_"), "{line}");
    }
    for (series, expected) in [
        (concat!("vestibule_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}"), 1.0),
        ("vestibule_mints_total{role=\"\",strategy=\"\",outcome=\"not_entitled\"}", 1.0),
        ("vestibule_header_verifications_total{outcome=\"accepted\",rule=\"\"}", 1.0),
        ("vestibule_key_fetches_total{outcome=\"timed_out\"}", 1.0),
        ("vestibule_store_write_duration_seconds_sum{outcome=\"kept\"}", 0.002),
        ("vestibule_packed_policy_ratio_bucket{le=\"0.8\",role=\"analyst\"}", 0.0),
        ("vestibule_packed_policy_ratio_bucket{le=\"0.9\",role=\"analyst\"}", 1.0),
        ("vestibule_configuration_reloads_total{outcome=\"refused\"}", 1.0),
        ("vestibule_requests_in_flight", 0.0),
    ] {
        assert_eq!(value(&metrics, series), Some(expected), "{series} in\n{text}");
    }
}

#[test]
fn a_request_is_in_flight_until_it_is_dropped() {
    let metrics = Metrics::new();
    let (one, other) = (metrics.in_flight(), metrics.in_flight());
    assert_eq!(value(&metrics, "vestibule_requests_in_flight"), Some(2.0));
    drop(one);
    assert_eq!(value(&metrics, "vestibule_requests_in_flight"), Some(1.0));
    drop(other);
    assert_eq!(value(&metrics, "vestibule_requests_in_flight"), Some(0.0));
}
