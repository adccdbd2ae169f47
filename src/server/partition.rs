//! AWS partitions: which domain a partition's services live under, and where in them the portal is.

use crate::model::location::DOMAINS;
use crate::model::names::RoleArn;
use url::Url;

/// Domain of a partition's service endpoints.
#[must_use]
pub fn domain(partition: &str) -> &'static str {
    DOMAINS.iter().find(|(known, _)| *known == partition).map_or("amazonaws.com", |(_, domain)| domain)
}

/// A Cognito user pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPool {
    /// The region, which need not be the balancer's.
    pub region: String,
    /// The id: `eu-west-1_EXAMPLE`.
    pub id: String,
}

impl UserPool {
    /// The pool that is this issuer; `None` where that is another provider.
    #[must_use]
    pub fn of_issuer(issuer: &str) -> Option<Self> {
        let issuer = Url::parse(issuer).ok()?;
        let region = issuer.host_str()?.strip_prefix("cognito-idp.")?.split('.').next()?.to_owned();
        Some(Self { region, id: issuer.path().trim_matches('/').to_owned() })
    }

    /// Its ARN, in the partition and account of a balancer.
    #[must_use]
    pub fn arn(&self, home: &Home) -> String {
        Home { region: self.region.clone(), ..home.clone() }.arn("cognito-idp", &format!("userpool/{}", self.id))
    }
}

/// Where a portal is: the partition, region and account of its balancer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The partition: `aws`, `aws-us-gov`, …
    pub partition: String,
    /// The region.
    pub region: String,
    /// The account.
    pub account: String,
}

impl Home {
    /// Where the balancer of this ARN is.
    #[must_use]
    pub fn of_balancer(signer: &str) -> Option<Self> {
        let parts: Vec<&str> = signer.splitn(6, ':').collect();
        match parts[..] {
            ["arn", partition, "elasticloadbalancing", region, account, _] => {
                Some(Self { partition: partition.to_owned(), region: region.to_owned(), account: account.to_owned() })
            }
            _ => None,
        }
    }

    /// The ARN of something here.
    #[must_use]
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition, self.region, self.account)
    }

    /// Whether a role is of this account.
    #[must_use]
    pub fn has(&self, role: &RoleArn) -> bool {
        (role.partition(), role.account()) == (self.partition.as_str(), Some(self.account.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_pool_is_where_its_issuer_says() {
        let home = Home::of_balancer("arn:aws-us-gov:elasticloadbalancing:us-gov-east-1:111122223333:loadbalancer/app/portal/1").unwrap();
        let arn = |issuer: &str| UserPool::of_issuer(issuer).map(|pool| pool.arn(&home));
        assert_eq!(
            arn("https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_Ab1").as_deref(),
            Some("arn:aws-us-gov:cognito-idp:us-gov-west-1:111122223333:userpool/us-gov-west-1_Ab1")
        );
        assert_eq!(arn("https://example.my.salesforce.com"), None);
        assert_eq!(Home::of_balancer("unknown"), None);
    }
}
