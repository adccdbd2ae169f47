//! Uploads in parts, by hand and by the AWS SDK.

use super::sdk::started;
use super::*;
use crate::sandbox::trial::Draft;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart};

const MEBIBYTE: usize = 1024 * 1024;

fn noise(length: usize, seed: u8) -> Vec<u8> {
    let mut state = u32::from(seed) + 1;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(length)
    .collect()
}

fn crc(bytes: &[u8]) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, <s3s::crypto::Crc64Nvme as s3s::crypto::Checksum>::checksum(bytes))
}

fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

async fn begin(client: &Client, key: &str) -> String {
    let begun = client.create_multipart_upload().bucket("empty").key(key).content_type("text/x-part");
    let begun = begun.checksum_algorithm(ChecksumAlgorithm::Crc64Nvme).checksum_type(ChecksumType::FullObject);
    begun.send().await.unwrap().upload_id().unwrap().to_owned()
}

async fn put(client: &Client, key: &str, id: &str, number: i32, body: &[u8]) -> CompletedPart {
    let part = client.upload_part().bucket("empty").key(key).upload_id(id).part_number(number).checksum_crc64_nvme(crc(body));
    let part = part.body(body.to_vec().into()).send().await.unwrap();
    CompletedPart::builder().part_number(number).set_e_tag(part.e_tag).set_checksum_crc64_nvme(part.checksum_crc64_nvme).build()
}

fn parts(parts: &[CompletedPart]) -> CompletedMultipartUpload {
    CompletedMultipartUpload::builder().set_parts(Some(parts.to_vec())).build()
}

#[tokio::test]
async fn the_sdk_uploads_in_parts_out_of_order() {
    let stand = Stand::new();
    let (client, _stop) = started(&stand, stand.analyst()).await;
    let (first, second) = (noise(5 * MEBIBYTE, 1), noise(100, 2));
    let whole = [first.as_slice(), &second].concat();
    let id = begin(&client, "a b").await;
    let two = put(&client, "a b", &id, 2, &second).await;
    put(&client, "a b", &id, 1, b"overwritten").await;
    let one = put(&client, "a b", &id, 1, &first).await;

    let listed = client.list_parts().bucket("empty").key("a b").upload_id(&id).max_parts(1).send().await.unwrap();
    assert_eq!((listed.is_truncated(), listed.next_part_number_marker()), (Some(true), Some("1")));
    assert_eq!((listed.parts()[0].size(), listed.parts()[0].checksum_crc64_nvme()), (Some(5 * 1_048_576), Some(crc(&first).as_str())));
    let listed = client.list_parts().bucket("empty").key("a b").upload_id(&id).part_number_marker("1").send().await.unwrap();
    assert_eq!((listed.parts().len(), listed.parts()[0].e_tag()), (1, two.e_tag()));
    let open = client.list_multipart_uploads().bucket("empty").prefix("a").send().await.unwrap();
    assert_eq!(open.uploads().iter().map(|upload| upload.upload_id().unwrap()).collect::<Vec<_>>(), [id.as_str()]);

    let complete = || client.complete_multipart_upload().bucket("empty").key("a b").upload_id(&id).if_none_match("*");
    let error = complete().multipart_upload(parts(&[two.clone(), one.clone()])).send().await.unwrap_err();
    assert_eq!(code(&error), Some("InvalidPartOrder"));
    let odd = CompletedPart::builder().part_number(1).e_tag("\"0123\"").build();
    assert_eq!(code(&complete().multipart_upload(parts(&[odd])).send().await.unwrap_err()), Some("InvalidPart"));
    let both = parts(&[one, two]);
    let error = complete().multipart_upload(both.clone()).checksum_crc64_nvme(crc(b"x")).send().await.unwrap_err();
    assert_eq!(code(&error), Some("BadDigest"));
    assert_eq!(code(&complete().multipart_upload(both.clone()).mpu_object_size(7).send().await.unwrap_err()), Some("InvalidRequest"));
    let done = complete().multipart_upload(both).checksum_crc64_nvme(crc(&whole)).mpu_object_size(whole.len() as i64).send().await.unwrap();
    assert!(done.e_tag().unwrap().ends_with("-2\""));
    let object = client.get_object().bucket("empty").key("a b").send().await.unwrap();
    assert_eq!((object.content_type(), object.e_tag()), (Some("text/x-part"), done.e_tag()));
    assert!(object.body.collect().await.unwrap().into_bytes() == whole);
    let head = client.head_object().bucket("empty").key("a b").checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
    assert_eq!(head.checksum_crc64_nvme(), Some(crc(&whole).as_str()));
    let gone = client.list_parts().bucket("empty").key("a b").upload_id(&id).send().await.unwrap_err();
    assert_eq!(code(&gone), Some("NoSuchUpload"));
}

#[tokio::test]
async fn nothing_there_is_replaced_unless_asked() {
    let stand = Stand::new();
    let (client, _stop) = started(&stand, stand.analyst()).await;
    client.put_object().bucket("empty").key("k").body(b"before".to_vec().into()).send().await.unwrap();
    let id = begin(&client, "k").await;
    let one = parts(&[put(&client, "k", &id, 1, b"after").await]);
    let complete = || client.complete_multipart_upload().bucket("empty").key("k").upload_id(&id).multipart_upload(one.clone());
    assert_eq!(code(&complete().if_none_match("*").send().await.unwrap_err()), Some("PreconditionFailed"));
    complete().send().await.unwrap();
    let object = client.get_object().bucket("empty").key("k").send().await.unwrap();
    assert_eq!(object.body.collect().await.unwrap().into_bytes(), b"after".as_slice());
}

#[tokio::test]
async fn small_parts_and_wrong_checksums_are_refused() {
    let stand = Stand::new();
    let (client, _stop) = started(&stand, stand.analyst()).await;
    let id = begin(&client, "k").await;
    let small = parts(&[put(&client, "k", &id, 1, b"small").await, put(&client, "k", &id, 2, b"last").await]);
    let complete = client.complete_multipart_upload().bucket("empty").key("k").upload_id(&id).multipart_upload(small);
    assert_eq!(code(&complete.send().await.unwrap_err()), Some("EntityTooSmall"));
    let wrong = client.upload_part().bucket("empty").key("k").upload_id(&id).part_number(3).checksum_crc64_nvme(crc(b"other"));
    assert_eq!(code(&wrong.body(b"this".to_vec().into()).send().await.unwrap_err()), Some("BadDigest"));
    let wrong = client.put_object().bucket("empty").key("k").checksum_crc32_c("AAAAAA==").body(b"this".to_vec().into());
    assert_eq!(code(&wrong.send().await.unwrap_err()), Some("BadDigest"));
    let none = client.upload_part().bucket("empty").key("k").upload_id(&id).part_number(10_001).body(b"x".to_vec().into());
    assert_eq!(code(&none.send().await.unwrap_err()), Some("InvalidArgument"));

    client.abort_multipart_upload().bucket("empty").key("k").upload_id(&id).send().await.unwrap();
    let late = client.upload_part().bucket("empty").key("k").upload_id(&id).part_number(1).body(b"x".to_vec().into());
    assert_eq!(code(&late.send().await.unwrap_err()), Some("NoSuchUpload"));
    assert!(client.list_multipart_uploads().bucket("empty").send().await.unwrap().uploads().is_empty());
}

#[tokio::test]
async fn each_step_needs_its_permission() {
    let stand = Stand::new();
    let (client, _stop) = started(&stand, stand.analyst()).await;
    let id = begin(&client, "k").await;
    for (method, target, action) in [
        ("POST", "/empty/k?uploads=".to_owned(), "s3:PutObject"),
        ("PUT", format!("/empty/k?partNumber=1&uploadId={id}"), "s3:PutObject"),
        ("GET", format!("/empty/k?uploadId={id}"), "s3:ListMultipartUploadParts"),
        ("GET", "/empty?uploads=".to_owned(), "s3:ListBucketMultipartUploads"),
        ("DELETE", format!("/empty/k?uploadId={id}"), "s3:AbortMultipartUpload"),
    ] {
        let others = ["s3:PutObject", "s3:ListMultipartUploadParts", "s3:ListBucketMultipartUploads", "s3:AbortMultipartUpload"];
        let others: Vec<&str> = others.into_iter().filter(|other| *other != action).collect();
        let policy = |actions: &[&str]| {
            serde_json::json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}}).to_string()
        };
        let without = issue(&stand.registry, &*stand.clock, &policy(&others), None);
        let (status, message) = stand.refusal(Draft::s3(method, &target).signed(&without)).await;
        assert_eq!((status, message.as_str()), (403, "AccessDenied"), "{action}");
        let with = issue(&stand.registry, &*stand.clock, &policy(&[action]), None);
        // The router of the stand and the client's service have buckets of their own.
        assert_ne!(stand.refusal(Draft::s3(method, &target).signed(&with)).await.1, "AccessDenied", "{action}");
    }
}

#[tokio::test]
async fn a_busy_bucket_refuses_and_breaks_off() {
    let stand = Stand::new();
    let all = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
    let all = issue(&stand.registry, &*stand.clock, all, None);
    let put = || Draft { body: b"x", ..Draft::s3("PUT", "/busy/k") }.signed(&all);
    assert_eq!(stand.refusal(put()).await, refused(503, "SlowDown"));
    assert_eq!(stand.ask(put()).await.0, 200);
    let broken = stand.router.clone().oneshot(put()).await.unwrap();
    assert!(http_body_util::BodyExt::collect(broken.into_body()).await.is_err());
    assert_eq!(stand.ask(put()).await.0, 200);
}

#[tokio::test]
async fn what_is_discarded_is_counted_and_cannot_be_read() {
    let stand = Stand::new();
    let all = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
    let all = issue(&stand.registry, &*stand.clock, all, None);
    let checksum = crc(b"hello");
    let put = |checksum: &str| {
        let headers = [("x-amz-checksum-crc64nvme", checksum)];
        Draft { body: b"hello", headers: &headers, ..Draft::s3("PUT", "/discard/k") }.signed(&all)
    };
    assert_eq!(stand.refusal(put("AAAAAAAAAAA=")).await, refused(400, "BadDigest"));
    assert_eq!(stand.ask(put(&checksum)).await.0, 200);
    let (_, headers, _) = stand.ask(Draft::s3("HEAD", "/discard/k").signed(&all)).await;
    assert_eq!(headers["content-length"], "5");
    assert_eq!(stand.refusal(list("/discard/k").signed(&all)).await, refused(403, "InvalidObjectState"));
}
