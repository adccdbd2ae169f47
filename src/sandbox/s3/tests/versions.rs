//! Versions, tags, metadata and storage classes, as the AWS SDK finds them.

use super::sdk::started;
use super::*;
use crate::sandbox::trial::issue;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, MetadataDirective, ObjectIdentifier, StorageClass, Tag, Tagging, TaggingDirective};
use std::collections::HashMap;

const BUCKET: &str = "versioned";
const ALL: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;

async fn everything(stand: &Stand) -> (Client, tokio::sync::oneshot::Sender<()>) {
    started(stand, issue(&stand.registry, &*stand.clock, ALL, None)).await
}

async fn put(client: &Client, key: &str, body: &'static str) -> String {
    let put = client.put_object().bucket(BUCKET).key(key).body(ByteStream::from_static(body.as_bytes())).send().await.unwrap();
    put.version_id().unwrap().to_owned()
}

async fn text(client: &Client, key: &str, version: Option<&str>) -> String {
    let object = client.get_object().bucket(BUCKET).key(key).set_version_id(version.map(str::to_owned)).send().await.unwrap();
    String::from_utf8(object.body.collect().await.unwrap().to_vec()).unwrap()
}

/// Versions and markers of a key, the newest first: id, whether it is the newest, whether it is a marker.
async fn listed(client: &Client, prefix: &str, page: i32) -> Vec<(String, bool, bool)> {
    let mut all = Vec::new();
    let (mut key, mut id) = (None, None);
    loop {
        let ask = client.list_object_versions().bucket(BUCKET).prefix(prefix).max_keys(page).set_key_marker(key).set_version_id_marker(id);
        let answer = ask.send().await.unwrap();
        let versions = answer.versions().iter().map(|line| (line.key(), line.last_modified, line.version_id(), line.is_latest(), false));
        let markers =
            answer.delete_markers().iter().map(|line| (line.key(), line.last_modified, line.version_id(), line.is_latest(), true));
        let mut lines: Vec<_> = versions.chain(markers).collect();
        assert!(lines.len() <= usize::try_from(page).unwrap());
        // The SDK has markers and versions in lists of their own.
        lines.sort_by_key(|(_, time, ..)| std::cmp::Reverse(time.map(|time| time.to_millis().unwrap())));
        lines.retain(|(key, ..)| *key == Some("a"));
        all.extend(lines.into_iter().map(|(_, _, id, newest, marker)| (id.unwrap().to_owned(), newest.unwrap(), marker)));
        if answer.is_truncated() != Some(true) {
            return all;
        }
        (key, id) = (answer.next_key_marker, answer.next_version_id_marker);
    }
}

#[tokio::test]
async fn what_is_replaced_and_deleted_is_kept() {
    let stand = Stand::new();
    let (client, _stop) = everything(&stand).await;
    let mut ids = Vec::new();
    for body in ["one", "two", "three"] {
        ids.push(put(&client, "a", body).await);
        stand.clock.turn(1);
    }
    put(&client, "ab", "another object").await;
    for (id, body) in ids.iter().zip(["one", "two", "three"]) {
        assert_eq!(text(&client, "a", Some(id)).await, body);
    }
    assert_eq!(text(&client, "a", None).await, "three");
    let gone = client.delete_object().bucket(BUCKET).key("a").send().await.unwrap();
    assert_eq!(gone.delete_marker(), Some(true));
    let marker = gone.version_id().unwrap().to_owned();
    assert!(client.get_object().bucket(BUCKET).key("a").send().await.unwrap_err().into_service_error().is_no_such_key());
    let of_marker = client.head_object().bucket(BUCKET).key("a").version_id(&marker).send().await.unwrap_err();
    assert_eq!(of_marker.raw_response().unwrap().status().as_u16(), 405);
    let unheard = client.get_object().bucket(BUCKET).key("a").version_id("unheard-of").send().await.unwrap_err().into_service_error();
    assert_eq!(unheard.meta().code(), Some("NoSuchVersion"));

    let expected =
        [(marker.clone(), true, true), (ids[2].clone(), false, false), (ids[1].clone(), false, false), (ids[0].clone(), false, false)];
    for page in [1, 2, 1_000] {
        assert_eq!(listed(&client, "a", page).await, expected, "pages of {page}");
    }

    // The marker goes, and the object is back.
    let name = |id: &str| ObjectIdentifier::builder().key("a").version_id(id).build().unwrap();
    let delete = |id: &str| client.delete_objects().bucket(BUCKET).delete(Delete::builder().objects(name(id)).build().unwrap()).send();
    let answer = delete(&marker).await.unwrap();
    assert_eq!(answer.deleted()[0].delete_marker_version_id(), Some(marker.as_str()));
    assert_eq!(text(&client, "a", None).await, "three");
    // A version goes for good, and the one before is the newest.
    delete(&ids[2]).await.unwrap();
    assert_eq!(text(&client, "a", None).await, "two");
    // An older version becomes the newest by a copy.
    let source = format!("{BUCKET}/a?versionId={}", ids[0]);
    let copied = client.copy_object().bucket(BUCKET).key("a").copy_source(source).send().await.unwrap();
    assert_eq!(copied.copy_source_version_id(), Some(ids[0].as_str()));
    assert_eq!(text(&client, "a", None).await, "one");
    let itself = client.copy_object().bucket(BUCKET).key("a").copy_source(format!("{BUCKET}/a")).send().await;
    assert_eq!(itself.unwrap_err().into_service_error().meta().code(), Some("InvalidRequest"));
    assert_eq!(client.get_bucket_versioning().bucket(BUCKET).send().await.unwrap().status().unwrap().as_str(), "Enabled");
}

#[tokio::test]
async fn what_was_deleted_in_a_folder_is_found_without_its_subfolders() {
    let stand = Stand::new();
    let (client, _stop) = everything(&stand).await;
    for key in ["f/a", "f/b", "f/deep/c", "g"] {
        put(&client, key, "x").await;
    }
    for key in ["f/a", "f/deep/c"] {
        client.delete_object().bucket(BUCKET).key(key).send().await.unwrap();
    }
    let (mut markers, mut prefixes, mut key, mut id) = (Vec::new(), Vec::new(), None, None);
    loop {
        let ask = client.list_object_versions().bucket(BUCKET).prefix("f/").delimiter("/").max_keys(1);
        let page = ask.set_key_marker(key).set_version_id_marker(id).send().await.unwrap();
        markers.extend(page.delete_markers().iter().map(|marker| marker.key().unwrap().to_owned()));
        prefixes.extend(page.common_prefixes().iter().map(|prefix| prefix.prefix().unwrap().to_owned()));
        if page.is_truncated() != Some(true) {
            break;
        }
        (key, id) = (page.next_key_marker, page.next_version_id_marker);
    }
    assert_eq!((markers, prefixes), (vec!["f/a".to_owned()], vec!["f/deep/".to_owned()]));
}

#[tokio::test]
async fn tags_metadata_and_class_are_kept_and_copied() {
    let stand = Stand::new();
    let (client, _stop) = everything(&stand).await;
    let body = ByteStream::from_static(b"x");
    let put = client.put_object().bucket(BUCKET).key("t").body(body).tagging("stage=live&owner=a%20b").metadata("author", "ada");
    put.cache_control("no-cache").storage_class(StorageClass::StandardIa).send().await.unwrap();
    let tags = async |key: &str| {
        let found = client.get_object_tagging().bucket(BUCKET).key(key).send().await.unwrap();
        found.tag_set().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect::<Vec<_>>()
    };
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(tags("t").await, [pair("owner", "a b"), pair("stage", "live")]);
    let head = client.head_object().bucket(BUCKET).key("t").send().await.unwrap();
    assert_eq!(head.storage_class(), Some(&StorageClass::StandardIa));
    assert_eq!(head.metadata(), Some(&HashMap::from([pair("author", "ada")])));

    // A copy takes along metadata and tags, and not the class.
    client.copy_object().bucket(BUCKET).key("u").copy_source(format!("{BUCKET}/t")).send().await.unwrap();
    let head = client.head_object().bucket(BUCKET).key("u").send().await.unwrap();
    assert_eq!((head.storage_class(), head.cache_control()), (None, Some("no-cache")));
    assert_eq!(tags("u").await.len(), 2);
    let replaced = client.copy_object().bucket(BUCKET).key("u").copy_source(format!("{BUCKET}/u"));
    let replaced = replaced.metadata_directive(MetadataDirective::Replace).content_type("text/plain").metadata("project", "p");
    replaced.storage_class(StorageClass::GlacierIr).send().await.unwrap();
    let head = client.head_object().bucket(BUCKET).key("u").send().await.unwrap();
    assert_eq!(head.metadata(), Some(&HashMap::from([pair("project", "p")])));
    assert_eq!((head.content_type(), head.cache_control()), (Some("text/plain"), None));
    assert_eq!(tags("u").await.len(), 2);
    let listed = client.list_objects_v2().bucket(BUCKET).prefix("u").send().await.unwrap();
    assert_eq!(listed.contents()[0].storage_class().unwrap().as_str(), "GLACIER_IR");
    let retagged = client.copy_object().bucket(BUCKET).key("v").copy_source(format!("{BUCKET}/t"));
    retagged.tagging_directive(TaggingDirective::Replace).tagging("only=one").send().await.unwrap();
    assert_eq!(tags("v").await, [pair("only", "one")]);

    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
    let tagging = |tags: Vec<Tag>| Tagging::builder().set_tag_set(Some(tags)).build().unwrap();
    client.put_object_tagging().bucket(BUCKET).key("t").tagging(tagging(vec![tag("new", "")])).send().await.unwrap();
    assert_eq!(tags("t").await, [pair("new", "")]);
    for bad in [vec![tag("aws:x", "y")], vec![tag("a", "b,c")], (0..11).map(|at| tag(&at.to_string(), "")).collect()] {
        let refused = client.put_object_tagging().bucket(BUCKET).key("t").tagging(tagging(bad)).send().await.unwrap_err();
        assert_eq!(refused.into_service_error().meta().code(), Some("InvalidTag"));
    }
    client.delete_object_tagging().bucket(BUCKET).key("t").send().await.unwrap();
    assert!(tags("t").await.is_empty());

    // What is archived is seen, and neither read nor copied.
    let archived = client.get_object().bucket(BUCKET).key("letters/ledger-2024.txt").send().await.unwrap_err();
    assert!(archived.into_service_error().is_invalid_object_state());
    assert!(client.head_object().bucket(BUCKET).key("letters/ledger-2024.txt").send().await.is_ok());
}

#[tokio::test]
async fn policies_tell_versions_and_tags_apart() {
    let stand = Stand::new();
    let (client, _stop) = everything(&stand).await;
    let first = put(&client, "p", "one").await;
    put(&client, "p", "two").await;
    let plain = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject","s3:ListBucket"],"Resource":"*"}}"#;
    let plain = issue(&stand.registry, &*stand.clock, plain, None);
    for (method, target) in [
        ("GET", "/versioned?versions".to_owned()),
        ("GET", "/versioned/letters/figures.csv?tagging".to_owned()),
        ("DELETE", "/versioned/letters/figures.csv?tagging".to_owned()),
        ("GET", format!("/versioned/letters/offer.txt?versionId={first}")),
        ("DELETE", format!("/versioned/letters/offer.txt?versionId={first}")),
    ] {
        assert_eq!(stand.refusal(Draft::s3(method, &target).signed(&plain)).await, refused(403, "AccessDenied"), "{method} {target}");
    }
    // A copy of what has tags needs to read and to write them.
    let copy = Draft { headers: &[("x-amz-copy-source", "/versioned/letters/figures.csv")], ..Draft::s3("PUT", "/versioned/copy") };
    assert_eq!(stand.refusal(copy.signed(&plain)).await, refused(403, "AccessDenied"));
    let (status, headers, _) = stand.ask(Draft::s3("GET", "/versioned/letters/figures.csv").signed(&plain)).await;
    assert_eq!((status, headers.get("x-amz-tagging-count")), (200, None));
}
