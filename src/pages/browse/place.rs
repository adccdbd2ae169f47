//! Where a place in the URL lies in what a role opens.

use crate::model::location::{Location, Permission};
use crate::model::role::EntitledRole;
use crate::state::place::BrowsePlace;
use crate::ui::breadcrumbs::Crumb;
use crate::words::t;

/// A folder that a role leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pages) struct Spot {
    pub(in crate::pages) location: Location,
    /// The whole prefix.
    pub(in crate::pages) prefix: String,
}

impl Spot {
    /// Whether the role may list what is in it.
    pub(in crate::pages) fn lists(&self) -> bool {
        self.location.permissions.contains(&Permission::List)
    }

    /// The folder that `place` names: in the location of its bucket whose prefix fits best. Without
    /// a prefix, or above what the role opens, it is the location's own top.
    pub(super) fn find(role: &EntitledRole, place: &BrowsePlace) -> Option<Self> {
        let bucket = place.bucket.as_ref()?;
        let of_bucket = || role.buckets.iter().filter(|location| location.name == *bucket);
        let around = of_bucket().filter(|location| place.prefix.starts_with(&location.prefix)).max_by_key(|location| location.prefix.len());
        if let Some(location) = around {
            return Some(Self { location: location.clone(), prefix: place.prefix.clone() });
        }
        let location = of_bucket().find(|location| location.prefix.starts_with(&place.prefix)).or_else(|| of_bucket().next())?;
        let prefix = if location.prefix.starts_with(&place.prefix) { &location.prefix } else { &place.prefix };
        Some(Self { location: location.clone(), prefix: prefix.clone() })
    }
}

/// The way from all locations down to `place`.
pub(super) fn crumbs(role: Option<&EntitledRole>, place: &BrowsePlace, spot: Option<&Spot>) -> Vec<Crumb> {
    let role = role.map(|role| role.id.clone());
    let top = BrowsePlace { role: role.clone(), ..BrowsePlace::default() };
    let mut crumbs = vec![Crumb { name: t!("Locations").into(), href: Some(top.href()), reason: None }];
    let Some(bucket) = place.bucket.clone() else { return crumbs };
    let (opens, prefix) = spot.map_or(("", place.prefix.as_str()), |spot| (spot.location.prefix.as_str(), spot.prefix.as_str()));
    let mut crumb = |name: &str, prefix: &str| {
        let reachable = prefix.starts_with(opens);
        let place = BrowsePlace { role: role.clone(), bucket: Some(bucket.clone()), prefix: prefix.into() };
        crumbs.push(Crumb {
            name: name.into(),
            href: reachable.then(|| place.href()),
            reason: (!reachable).then(|| t!("The role opens only what is below.")),
        });
    };
    crumb(&bucket, "");
    let mut end = 0;
    for folder in prefix.split_inclusive('/') {
        end += folder.len();
        crumb(folder.strip_suffix('/').unwrap_or(folder), &prefix[..end]);
    }
    crumbs
}

/// The page's title: the last two steps, the nearest first.
pub(super) fn title(crumbs: &[Crumb]) -> String {
    match crumbs {
        [] | [_] => t!("Browse").into(),
        [_, bucket] => bucket.name.clone(),
        [_, bucket, .., folder] => t!("{folder}/ in {bucket}", folder = folder.name, bucket = bucket.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::location::{AddressingStyle, Signing};
    use crate::model::names::RoleId;
    use crate::model::role::Strategy;

    fn role(locations: &[(&str, &str)]) -> EntitledRole {
        EntitledRole {
            id: RoleId::parse("analyst").unwrap(),
            title: "Data analyst".into(),
            account: None,
            strategy: Strategy::WebIdentity,
            duration_seconds: 3_600,
            console: false,
            buckets: locations
                .iter()
                .map(|(name, prefix)| Location {
                    name: (*name).into(),
                    region: "eu-west-1".into(),
                    endpoint: "https://s3.eu-west-1.amazonaws.com".into(),
                    style: AddressingStyle::Path,
                    prefix: (*prefix).into(),
                    permissions: vec![],
                    sign: Signing::Query,
                })
                .collect(),
            functions: vec![],
        }
    }

    fn find(role: &EntitledRole, bucket: &str, prefix: &str) -> Option<(String, String)> {
        let place = BrowsePlace { role: None, bucket: Some(bucket.into()), prefix: prefix.into() };
        Spot::find(role, &place).map(|spot| (spot.location.prefix, spot.prefix))
    }

    #[test]
    fn the_location_that_fits_best() {
        let role = role(&[("reports", "team/"), ("reports", "team/2026/"), ("reports", "public/"), ("other", "")]);
        let pair = |location: &str, prefix: &str| Some((location.to_owned(), prefix.to_owned()));
        assert_eq!(find(&role, "reports", ""), pair("team/", "team/"));
        assert_eq!(find(&role, "reports", "team/2025/"), pair("team/", "team/2025/"));
        assert_eq!(find(&role, "reports", "team/2026/q1/"), pair("team/2026/", "team/2026/q1/"));
        assert_eq!(find(&role, "reports", "pub"), pair("public/", "public/"));
        assert_eq!(find(&role, "reports", "archive/"), pair("team/", "archive/"), "S3 is the one to refuse it");
        assert_eq!(find(&role, "other", "a//"), pair("", "a//"));
        assert_eq!(find(&role, "none", ""), None);
    }

    #[test]
    fn steps_above_the_location_cannot_be_opened() {
        let role = role(&[("reports", "team/")]);
        let place = BrowsePlace { role: None, bucket: Some("reports".into()), prefix: "team//2026/".into() };
        let crumbs = crumbs(Some(&role), &place, Spot::find(&role, &place).as_ref());
        let seen: Vec<_> = crumbs.iter().map(|crumb| (crumb.name.as_str(), crumb.href.as_deref())).collect();
        assert_eq!(
            seen,
            [
                ("Locations", Some("/browse?role=analyst")),
                ("reports", None),
                ("team", Some("/browse?role=analyst&bucket=reports&prefix=team%2F")),
                ("", Some("/browse?role=analyst&bucket=reports&prefix=team%2F%2F")),
                ("2026", Some("/browse?role=analyst&bucket=reports&prefix=team%2F%2F2026%2F")),
            ]
        );
        assert_eq!(title(&crumbs), "2026/ in reports");
    }
}
