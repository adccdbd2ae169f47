//! The suite of every store, on two DynamoDBs that we did not write: MiniStack's and Moto's.

use super::mint::Outcome;
use super::*;
use crate::server::local_services::LocalService;
use crate::server::sessions::suite::{self, NOW, at, block_of, for_every_store, mint, subject};
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType, ScalarAttributeType,
};
use futures::future::BoxFuture;
use serde_json::Value;
use std::sync::Arc;

/// Not the default.
const KEEP_DAYS: u16 = 7;

fn client(endpoint: &str) -> Client {
    let settings = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(endpoint)
        // MiniStack takes an access key id of twelve digits for the root user of that account.
        .credentials_provider(Credentials::new("111122223333", "test", None, None, "test"))
        .build();
    Client::from_conf(settings)
}

/// Makes the table that the handbook tells to make, under another name.
async fn make_table(client: &Client, name: &str) {
    let table: Value = serde_json::from_str(include_str!("../../../docs/sessions-table.json")).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let list = |value: &Value| value.as_array().unwrap().clone();
    let keys = |value: &Value| -> Vec<KeySchemaElement> {
        list(value)
            .iter()
            .map(|key| {
                let kind = KeyType::from(text(&key["KeyType"]).as_str());
                KeySchemaElement::builder().attribute_name(text(&key["AttributeName"])).key_type(kind).build().unwrap()
            })
            .collect()
    };
    let attributes = list(&table["AttributeDefinitions"])
        .iter()
        .map(|attribute| {
            let kind = ScalarAttributeType::from(text(&attribute["AttributeType"]).as_str());
            AttributeDefinition::builder().attribute_name(text(&attribute["AttributeName"])).attribute_type(kind).build().unwrap()
        })
        .collect();
    let indexes = list(&table["GlobalSecondaryIndexes"])
        .iter()
        .map(|index| {
            let projection = ProjectionType::from(text(&index["Projection"]["ProjectionType"]).as_str());
            GlobalSecondaryIndex::builder()
                .index_name(text(&index["IndexName"]))
                .set_key_schema(Some(keys(&index["KeySchema"])))
                .projection(Projection::builder().projection_type(projection).build())
                .build()
                .unwrap()
        })
        .collect();
    client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::from(text(&table["BillingMode"]).as_str()))
        .set_attribute_definitions(Some(attributes))
        .set_key_schema(Some(keys(&table["KeySchema"])))
        .set_global_secondary_indexes(Some(indexes))
        .send()
        .await
        .unwrap();
}

async fn store(endpoint: &str, table: &str) -> suite::Store {
    let client = client(endpoint);
    make_table(&client, table).await;
    Arc::new(DynamoDbStore::with_client(table.to_owned(), KEEP_DAYS, client))
}

type Test = (&'static str, fn(suite::Store) -> BoxFuture<'static, ()>);

fn test(name: &'static str, test: fn(suite::Store) -> BoxFuture<'static, ()>) -> Test {
    (name, test)
}

macro_rules! as_a_list {
    (; $($name:ident),* $(,)?) => {
        vec![$(test(stringify!($name), |store| Box::pin(suite::$name(store)))),*]
    };
}

/// Every test of the suite, each with a table of its own, at one endpoint.
async fn run_the_suite(endpoint: &str) {
    let tests: Vec<Test> = for_every_store!(as_a_list,);
    let mut failed = Vec::new();
    for (name, test) in tests {
        let store = store(endpoint, name).await;
        if tokio::spawn(test(store)).await.is_err() {
            failed.push(name);
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

#[tokio::test]
async fn ministack_passes_the_suite() {
    let service = LocalService::ministack().await;
    run_the_suite(&service.endpoint).await;
}

#[tokio::test]
async fn moto_passes_the_suite() {
    let service = LocalService::moto().await;
    run_the_suite(&service.endpoint).await;
}

/// Two processes have nothing in common but the table.
#[tokio::test]
async fn the_limit_and_blocks_hold_across_portals() {
    let service = LocalService::moto().await;
    make_table(&client(&service.endpoint), "shared").await;
    let portals: Vec<suite::Store> = (0..2)
        .map(|_| Arc::new(DynamoDbStore::with_client("shared".to_owned(), KEEP_DAYS, client(&service.endpoint))) as suite::Store)
        .collect();
    let tasks: Vec<_> = (0..12_usize)
        .map(|number| {
            let store = Arc::clone(&portals[number % 2]);
            tokio::spawn(async move { store.record(mint("ada", NOW + i64::try_from(number).unwrap()), 5).await.unwrap() })
        })
        .collect();
    let mut kept = 0;
    for task in tasks {
        kept += usize::from(task.await.unwrap() == Recorded::Kept);
    }
    assert_eq!(kept, 5);
    portals[0].block(block_of("bob", NOW)).await.unwrap();
    assert_eq!(portals[1].record(mint("bob", NOW), 30).await.unwrap(), Recorded::Blocked);
}

/// Between the reads of a mint and its write others block the person, or mint for them: the write is
/// what decides.
#[tokio::test]
async fn what_was_read_before_does_not_admit_afterwards() {
    let service = LocalService::moto().await;
    let client = client(&service.endpoint);
    make_table(&client, "late").await;
    let store = DynamoDbStore::with_client("late".to_owned(), KEEP_DAYS, client);
    let (first, second) = (store.person(&subject("ada")).await.unwrap(), store.person(&subject("ada")).await.unwrap());
    let kept = mint("ada", NOW);
    assert_eq!(store.transact(&kept, &first).await.unwrap(), Outcome::Kept);
    assert_eq!(store.transact(&mint("ada", NOW), &second).await.unwrap(), Outcome::Again, "the list of mints is another by now");
    let third = store.person(&subject("ada")).await.unwrap();
    store.block(block_of("ada", NOW)).await.unwrap();
    assert_eq!(store.transact(&mint("ada", NOW), &third).await.unwrap(), Outcome::Blocked);
    let there: Vec<_> = store.of_subject(&subject("ada"), None, at(NOW)).await.unwrap().sessions.into_iter().map(|ada| ada.id).collect();
    assert_eq!(there, vec![kept.session.id]);
}

/// The table deletes what has a time to live: sessions and limits, never a block.
#[tokio::test]
async fn a_block_has_no_time_to_live() {
    let service = LocalService::moto().await;
    let client = client(&service.endpoint);
    make_table(&client, "lives").await;
    let store = DynamoDbStore::with_client("lives".to_owned(), KEEP_DAYS, client.clone());
    let mint = mint("one", NOW);
    store.record(mint.clone(), 30).await.unwrap();
    store.block(block_of("one", NOW)).await.unwrap();
    let expiry = mint.session.expires_at.seconds();
    for (key, lives) in
        [(session_key(&mint.session.id), true), (item::person_key(&subject("one")), true), (block_key(&subject("one")), false)]
    {
        let item = store.get(key.clone()).await.unwrap().unwrap();
        let until = item.get("ttl").map(|until| until.as_n().unwrap().parse::<i64>().unwrap());
        assert_eq!(until.is_some(), lives, "{key:?}");
        assert!(until.is_none_or(|until| until >= expiry), "{key:?}");
    }
    let session = store.get(session_key(&mint.session.id)).await.unwrap().unwrap();
    assert_eq!(session["ttl"].as_n().unwrap().parse(), Ok(expiry + i64::from(KEEP_DAYS) * item::SECONDS_PER_DAY));
}

#[tokio::test]
async fn an_outage_is_an_error_and_nothing_counts_as_recorded() {
    let service = LocalService::moto().await;
    let store = store(&service.endpoint, "outage").await;
    drop(service);
    assert!(matches!(store.record(mint("one", NOW), 30).await, Err(StoreError::Failed(_))));
    assert!(matches!(store.admits(&subject("one"), 30, at(NOW)).await, Err(StoreError::Failed(_))));
    assert!(matches!(store.block(block_of("one", NOW)).await, Err(StoreError::Failed(_))));
    assert!(store.ready().await.is_err());
}

#[tokio::test]
async fn a_table_that_is_not_there_is_an_error() {
    let service = LocalService::moto().await;
    let store = DynamoDbStore::with_client("nothing".to_owned(), KEEP_DAYS, client(&service.endpoint));
    assert!(store.ready().await.is_err());
    assert!(matches!(store.record(mint("one", NOW), 30).await, Err(StoreError::Failed(_))));
}
