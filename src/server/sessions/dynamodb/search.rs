//! Searches through the table's indexes. Nothing ever scans the table.
//!
//! Indexes follow the table within moments, not at once: they answer lists and figures, and what is
//! to be denied, which is asked again and again. Whether a person may mint is asked of the table.

use super::DynamoDbStore;
use super::item::{Item, number, text};
use crate::model::clock::Timestamp;
use crate::server::sessions::StoreError;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;

/// One index, one hash key, and what is wanted of it.
pub(super) struct Search {
    index: &'static str,
    key: String,
    range: Option<(&'static str, String)>,
    filters: Vec<&'static str>,
    values: HashMap<String, AttributeValue>,
}

impl Search {
    /// Everything of one hash key, newest first.
    pub(super) fn of(index: &'static str, key: impl Into<String>) -> Self {
        Self { index, key: key.into(), range: None, filters: Vec::new(), values: HashMap::new() }
    }

    /// Only what comes before this in order.
    pub(super) fn before(mut self, order: Option<String>) -> Self {
        self.range = order.map(|order| ("#order < :order", order)).or(self.range);
        self
    }

    /// Only this and what comes behind it in order.
    pub(super) fn from(mut self, order: String) -> Self {
        self.range = Some(("#order >= :order", order));
        self
    }

    /// Only what meets this condition. Names of attributes are written with `#`.
    pub(super) fn filter(mut self, condition: &'static str, values: impl IntoIterator<Item = (&'static str, AttributeValue)>) -> Self {
        self.filters.push(condition);
        self.values.extend(values.into_iter().map(|(name, value)| (name.to_owned(), value)));
        self
    }

    /// Only what expires after this.
    pub(super) fn unexpired(self, now: Timestamp) -> Self {
        self.filter("#expires_at > :now", [(":now", number(now.millis()))])
    }

    /// Reads items until `take` has given `most` results, or there are no more.
    pub(super) async fn run<T>(
        self,
        store: &DynamoDbStore,
        most: usize,
        mut take: impl FnMut(&Item) -> Result<Option<T>, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let (mut results, mut from) = (Vec::new(), None);
        let client = store.client().await;
        loop {
            let mut query = client
                .query()
                .table_name(store.table())
                .index_name(self.index)
                .expression_attribute_names("#key", self.index)
                .expression_attribute_values(":key", text(self.key.as_str()))
                .scan_index_forward(false)
                .set_exclusive_start_key(from);
            let mut condition = "#key = :key".to_owned();
            if let Some((range, order)) = &self.range {
                condition.push_str(" AND ");
                condition.push_str(range);
                query = query.expression_attribute_names("#order", "order").expression_attribute_values(":order", text(order.as_str()));
            }
            query = query.key_condition_expression(condition);
            if !self.filters.is_empty() {
                let filter = self.filters.join(" AND ");
                for name in names_in(&filter) {
                    query = query.expression_attribute_names(format!("#{name}"), name);
                }
                for (name, value) in &self.values {
                    query = query.expression_attribute_values(name, value.clone());
                }
                query = query.filter_expression(filter);
            } else if most < usize::MAX {
                query = query.limit(i32::try_from(most).unwrap_or(i32::MAX));
            }
            let answer = query.send().await.map_err(|error| store.failed(&error))?;
            for item in answer.items() {
                results.extend(take(item)?);
                if results.len() >= most {
                    return Ok(results);
                }
            }
            from = answer.last_evaluated_key;
            if from.is_none() {
                return Ok(results);
            }
        }
    }
}

/// The attributes that a condition names.
fn names_in(condition: &str) -> Vec<&str> {
    let end = |rest: &str| rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let mut names: Vec<&str> = condition.split('#').skip(1).map(|rest| &rest[..end(rest)]).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_in_conditions() {
        assert_eq!(names_in("(begins_with(#a_b, :x) OR #c=:y) AND #a_b <> :z"), ["a_b", "c"]);
    }
}
