use super::*;
use crate::aws::error::Remedy;
use crate::aws::request::{Answer, Request};
use crate::aws::s3;
use crate::aws::s3::answer::{AnswerError, NotDone};
use crate::model::clock::Timestamp;
use crate::model::credentials::Credentials;
use crate::model::location::{AddressingStyle, Signing};
use crate::model::secret::Secret;
use proptest::prelude::*;

fn location() -> Location {
    Location {
        name: "reports".into(),
        region: "eu-west-1".into(),
        endpoint: "http://127.0.0.1:3002".into(),
        style: AddressingStyle::Path,
        prefix: String::new(),
        permissions: Vec::new(),
        sign: Signing::Query,
    }
}

fn answer(status: u16, body: &str) -> Answer {
    Answer { status, headers: Vec::new(), body: body.into() }
}

/// The AWS SDK's own idea of the same requests, and of the same answers.
mod against_the_sdk {
    use super::*;
    use aws_sdk_s3::Client;
    use aws_sdk_s3::config::{BehaviorVersion, Builder, Region, RequestChecksumCalculation};
    use aws_sdk_s3::error::ProvideErrorMetadata;
    use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart, EncodingType};
    use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
    use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
    use aws_smithy_types::body::SdkBody;
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    /// Keeps what would have been sent, and answers what it is told.
    #[derive(Clone, Debug)]
    struct Canned {
        status: u16,
        body: String,
        seen: Arc<Mutex<Vec<Seen>>>,
    }

    /// A request as it matters: signature and clock left out.
    #[derive(Clone, Debug, PartialEq, Eq)]
    struct Seen {
        method: String,
        path: String,
        query: BTreeMap<String, String>,
        headers: BTreeMap<String, String>,
        body: String,
    }

    impl Seen {
        fn new<'a>(method: &str, url: &str, headers: impl Iterator<Item = (&'a str, &'a str)>, body: &[u8]) -> Self {
            let url = url::Url::parse(url).unwrap();
            let matters = |name: &str| {
                name.starts_with("x-amz-checksum") || matches!(name, "content-type" | "if-none-match" | "x-amz-mp-object-size")
            };
            Self {
                method: method.to_owned(),
                // The SDK ends the path of a bucket with a slash; S3 takes both.
                path: url.path().trim_end_matches('/').to_owned(),
                query: url.query_pairs().into_owned().filter(|(name, _)| name != "x-id" && !name.starts_with("X-Amz-")).collect(),
                headers: headers.filter(|(name, _)| matters(name)).map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
                body: String::from_utf8_lossy(body).into_owned(),
            }
        }

        fn ours(request: &Request) -> Self {
            let headers: Vec<(&str, &str)> = request.headers().collect();
            Self::new(request.method().as_str(), request.url(), headers.into_iter(), request.body())
        }
    }

    impl HttpConnector for Canned {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            let body = request.body().bytes().unwrap_or_default();
            self.seen.lock().unwrap().push(Seen::new(request.method(), request.uri(), request.headers().iter(), body));
            HttpConnectorFuture::ready(Ok(HttpResponse::new(self.status.try_into().unwrap(), SdkBody::from(self.body.clone()))))
        }
    }

    fn sdk(status: u16, body: &str) -> (Client, Arc<Mutex<Vec<Seen>>>) {
        let canned = Canned { status, body: body.to_owned(), seen: Arc::default() };
        let seen = Arc::clone(&canned.seen);
        let config = Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .endpoint_url("http://127.0.0.1:3002")
            .force_path_style(true)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .retry_config(aws_sdk_s3::config::retry::RetryConfig::disabled())
            .credentials_provider(aws_credential_types::Credentials::new("ASIAEXAMPLE", "secret", Some("token".into()), None, "test"))
            .http_client(http_client_fn(move |_, _| SharedHttpConnector::new(canned.clone())))
            .build();
        (Client::from_conf(config), seen)
    }

    fn ours(draft: Draft) -> Seen {
        let credentials = Credentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: Secret::new("secret"),
            session_token: Secret::new("token"),
            expiration: Timestamp::from_seconds(4_102_444_800),
        };
        Seen::ours(&s3::sign(draft, &location(), &credentials, Timestamp::from_seconds(1_800_000_000)))
    }

    const KEY: &str = "team/ü b+c.txt";
    const ID: &str = "VXBsb2FkIElE.+/=_-";
    const UPLOAD: Upload<'_> = Upload { key: KEY, id: ID };

    #[tokio::test]
    async fn put_and_part() {
        let (client, seen) = sdk(200, "");
        let checksum = Checksum::of(b"hello");
        let put_theirs = client.put_object().bucket("reports").key(KEY).content_type("text/plain").if_none_match("*");
        put_theirs.checksum_crc64_nvme(checksum.to_string()).send().await.unwrap();
        let part_theirs = client.upload_part().bucket("reports").key(KEY).upload_id(ID).part_number(7);
        part_theirs.checksum_crc64_nvme(checksum.to_string()).send().await.unwrap();
        let seen = seen.lock().unwrap();
        assert_eq!(ours(put(&location(), KEY, "text/plain", checksum, Existing::Keep).unwrap()), seen[0]);
        let mut theirs = seen[1].clone();
        // The SDK names a type for every body; a part has none.
        theirs.headers.remove("content-type");
        assert_eq!(ours(part(&location(), UPLOAD, 7, checksum).unwrap()), theirs);
        let replacing = put(&location(), KEY, "", checksum, Existing::Replace).unwrap();
        assert_eq!(replacing.headers, [("x-amz-checksum-crc64nvme", checksum.to_string())]);
    }

    #[tokio::test]
    async fn begin_and_abort() {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <Bucket>reports</Bucket><Key>k</Key><UploadId>{ID}</UploadId></InitiateMultipartUploadResult>"
        );
        let (client, seen) = sdk(200, &body);
        let begun = client.create_multipart_upload().bucket("reports").key(KEY).content_type("a/b");
        let begun = begun.checksum_algorithm(ChecksumAlgorithm::Crc64Nvme).checksum_type(ChecksumType::FullObject).send().await.unwrap();
        assert_eq!(read_begun(body.as_bytes()).as_deref().ok(), begun.upload_id());
        client.abort_multipart_upload().bucket("reports").key(KEY).upload_id(ID).send().await.unwrap();
        let seen = seen.lock().unwrap();
        assert_eq!(ours(begin(&location(), KEY, "a/b").unwrap()), seen[0]);
        assert_eq!(ours(abort(&location(), UPLOAD).unwrap()), seen[1]);
    }

    #[tokio::test]
    async fn parts_that_are_there() {
        let checksum = Checksum::of(b"hello");
        let body = format!(
            "<ListPartsResult><UploadId>{ID}</UploadId><PartNumberMarker>3</PartNumberMarker><NextPartNumberMarker>9</NextPartNumberMarker>\
             <IsTruncated>true</IsTruncated><ChecksumType>FULL_OBJECT</ChecksumType>\
             <Part><PartNumber>4</PartNumber><LastModified>2026-11-20T16:40:00.000Z</LastModified><ETag>&quot;e4&quot;</ETag>\
             <ChecksumCRC64NVME>{checksum}</ChecksumCRC64NVME><Size>5</Size></Part>\
             <Part><PartNumber>9</PartNumber><ETag>\"e9\"</ETag><Size>6</Size></Part></ListPartsResult>"
        );
        let (client, seen) = sdk(200, &body);
        let theirs = client.list_parts().bucket("reports").key(KEY).upload_id(ID).part_number_marker("3").send().await.unwrap();
        let page = read_parts(body.as_bytes()).unwrap();
        let theirs_parts: Vec<_> = theirs
            .parts()
            .iter()
            .map(|part| {
                let checksum = part.checksum_crc64_nvme().map(str::to_owned);
                (part.part_number(), part.e_tag().map(str::to_owned), part.size(), checksum)
            })
            .collect();
        let ours_parts: Vec<_> = page
            .parts
            .iter()
            .map(|part| {
                let checksum = part.checksum.map(|checksum| checksum.to_string());
                (Some(i32::from(part.number)), Some(part.etag.clone()), i64::try_from(part.size).ok(), checksum)
            })
            .collect();
        assert_eq!(ours_parts, theirs_parts);
        assert_eq!(page.next.map(|next| next.to_string()).as_deref(), theirs.next_part_number_marker());
        assert_eq!(page.whole, theirs.checksum_type() == Some(&ChecksumType::FullObject));
        assert_eq!(ours(parts(&location(), UPLOAD, 3).unwrap()), seen.lock().unwrap()[0]);
    }

    #[tokio::test]
    async fn uploads_that_were_left() {
        let body = "<ListMultipartUploadsResult><EncodingType>url</EncodingType><NextKeyMarker>a+b</NextKeyMarker>\
             <NextUploadIdMarker>id2</NextUploadIdMarker><IsTruncated>true</IsTruncated>\
             <Upload><Key>a%2Bb+%C3%BC</Key><UploadId>id1</UploadId><Initiated>2026-11-20T16:40:00.000Z</Initiated>\
             <Initiator><ID>x</ID></Initiator></Upload></ListMultipartUploadsResult>";
        let (client, seen) = sdk(200, body);
        let theirs = client.list_multipart_uploads().bucket("reports").prefix("a").encoding_type(EncodingType::Url);
        let theirs = theirs.key_marker("ü").upload_id_marker("id0").send().await.unwrap();
        let page = read_uploads(body.as_bytes()).unwrap();
        assert_eq!(page.uploads[0].id, theirs.uploads()[0].upload_id().unwrap());
        assert_eq!(page.uploads[0].initiated, Timestamp::parse_rfc3339("2026-11-20T16:40:00Z"));
        assert_eq!((page.uploads[0].key.as_str(), page.next), ("a+b ü", Some(("a b".to_owned(), "id2".to_owned()))));
        let after = ("ü".to_owned(), "id0".to_owned());
        assert_eq!(ours(uploads(&location(), "a", Some(&after)).unwrap()), seen.lock().unwrap()[0]);
    }

    #[tokio::test]
    async fn completing() {
        let body = "\n \n<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CompleteMultipartUploadResult><Location>l</Location>\
             <ETag>&quot;e-2&quot;</ETag></CompleteMultipartUploadResult>";
        let (client, seen) = sdk(200, body.trim_start());
        let checksums = [Checksum::of(b"a"), Checksum::of(b"b")];
        let whole = checksums[0].followed_by(checksums[1]);
        let stored: Vec<StoredPart> = (1_u16..)
            .zip(checksums)
            .map(|(number, checksum)| StoredPart { number, etag: format!("\"e{number}\""), size: 1, checksum: Some(checksum) })
            .collect();
        let completed = stored.iter().map(|part| {
            let checksum = part.checksum.map(|checksum| checksum.to_string());
            CompletedPart::builder().part_number(part.number.into()).e_tag(&part.etag).set_checksum_crc64_nvme(checksum).build()
        });
        let completed = CompletedMultipartUpload::builder().set_parts(Some(completed.collect())).build();
        let theirs = client.complete_multipart_upload().bucket("reports").key(KEY).upload_id(ID).if_none_match("*").mpu_object_size(2);
        let theirs = theirs.checksum_type(ChecksumType::FullObject).checksum_crc64_nvme(whole.to_string());
        let theirs = theirs.multipart_upload(completed).send().await.unwrap();
        assert_eq!(read_completed(&answer(200, body)).ok().as_deref(), theirs.e_tag());
        let mut seen = seen.lock().unwrap()[0].clone();
        let mut ours = ours(complete(&location(), UPLOAD, &stored, Some(whole), Existing::Keep).unwrap());
        assert_eq!(elements(&ours.body), elements(&seen.body));
        ours.body.clear();
        seen.body.clear();
        assert_eq!(ours, seen);
    }

    /// A body, each part with its elements in alphabetical order.
    fn elements(body: &str) -> Vec<Vec<String>> {
        let parts = body.split("<Part>").skip(1);
        parts
            .map(|part| {
                let mut elements: Vec<String> = part.split_inclusive("</").map(str::to_owned).collect();
                elements =
                    elements.concat().replace("</Part></CompleteMultipartUpload>", "</Part>").split("><").map(str::to_owned).collect();
                elements.iter_mut().for_each(|element| *element = element.trim_matches(['<', '>']).replace('"', "&quot;"));
                elements.sort();
                elements
            })
            .collect()
    }

    /// An error below a status of success: the SDK takes it for one too.
    #[tokio::test]
    async fn refused_while_answering() {
        let body = "<Error><Code>InternalError</Code><Message>We encountered an internal error. Please try again.</Message></Error>";
        let (client, _) = sdk(200, body);
        let theirs = client.complete_multipart_upload().bucket("reports").key(KEY).upload_id(ID).send().await.unwrap_err();
        let Err(NotDone::Refused(ours)) = read_completed(&answer(200, &format!("  \n{body}"))) else { panic!() };
        assert_eq!((Some(ours.code.as_str()), ours.remedy), (theirs.into_service_error().code(), Remedy::Retry));
    }
}

#[test]
fn refusals_say_whose_move_it_is() {
    for (status, code, remedy) in [
        (404, "NoSuchUpload", Remedy::NotFound),
        (400, "EntityTooSmall", Remedy::ChangeInput),
        (412, "PreconditionFailed", Remedy::ChangeInput),
        (409, "ConditionalRequestConflict", Remedy::Retry),
        (400, "BadDigest", Remedy::ChangeInput),
        (400, "InvalidPart", Remedy::Report),
        (503, "SlowDown", Remedy::Retry),
    ] {
        let body = format!("<Error><Code>{code}</Code></Error>");
        let Err(NotDone::Refused(error)) = read_completed(&answer(status, &body)) else { panic!("{code}") };
        assert_eq!((error.code.as_str(), error.remedy), (code, remedy));
    }
}

#[test]
fn answers_that_say_nothing() {
    for body in ["", "<CompleteMultipartUploadResult/>", "<Other/>", "<CompleteMultipartUploadResult><ETag>e</ETag>", "   "] {
        assert!(matches!(read_completed(&answer(200, body)), Err(NotDone::Unclear(_))), "{body}");
    }
    assert_eq!(
        read_begun(b"<InitiateMultipartUploadResult><UploadId/></InitiateMultipartUploadResult>"),
        Err(AnswerError::Field("UploadId"))
    );
    let endless = "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>0</NextPartNumberMarker></ListPartsResult>";
    assert_eq!(read_parts(endless.as_bytes()), Err(AnswerError::Field("NextPartNumberMarker")));
    let nowhere = "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated></ListMultipartUploadsResult>";
    assert_eq!(read_uploads(nowhere.as_bytes()), Err(AnswerError::Field("NextKeyMarker")));
    assert_eq!(read_parts(b"<ListBucketResult/>"), Err(AnswerError::Other("ListPartsResult")));
}

#[test]
fn types_that_are_no_header_are_left_out() {
    for (given, kept) in [("text/html; charset=utf-8", true), ("", false), ("a\r\nb", false), ("tëxt", false)] {
        let draft = begin(&location(), "k", given).unwrap();
        assert_eq!(draft.headers.iter().any(|(name, _)| *name == "content-type"), kept, "{given:?}");
    }
}

proptest! {
    #[test]
    fn reading_never_panics(body in prop::collection::vec(any::<u8>(), 0..200), text in "(<[A-Za-z/]{1,12}>|[a-z0-9&;\"]{0,6}){0,20}") {
        for body in [body, text.into_bytes()] {
            let _ = (read_begun(&body), read_parts(&body), read_uploads(&body));
            let _ = read_completed(&Answer { status: 200, headers: Vec::new(), body });
        }
    }

    /// Entity tags from whatever implementation come back as they were.
    #[test]
    fn tags_survive(etag in "[ -~\u{a0}-\u{2ff}]{1,30}") {
        let part = StoredPart { number: 1, etag: etag.clone(), size: 1, checksum: None };
        let draft = complete(&location(), Upload { key: "k", id: "i" }, &[part], None, Existing::Replace).unwrap();
        let body = String::from_utf8(draft.body).unwrap();
        let read = format!("<ListPartsResult>{}</ListPartsResult>", body.split_once("/\">").unwrap().1.replace("</CompleteMultipartUpload>", "").replace("<Part>", "<Part><Size>1</Size>"));
        prop_assert_eq!(&read_parts(read.as_bytes()).unwrap().parts[0].etag, &etag);
    }
}
