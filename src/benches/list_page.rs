//! Parse of a 1,000-key page of `ListObjectsV2`, as S3 writes it. Prints µs a page.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::fmt::Write as _;
use std::hint::black_box;
use vestibule::aws::s3::page;

/// 1,000 keys of about 60 bytes with what S3 writes beside them, percent-encoded.
fn body() -> String {
    let mut body = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>reports</Name>\
         <Prefix>team/many/</Prefix><NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>\
         <KeyCount>1000</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>",
    );
    for number in 0..1_000 {
        let written = write!(
            body,
            "<Contents><Key>team/many/year%3D2026/month%3D11/part-{number:05}-measurement+run.parquet</Key>\
             <LastModified>2026-11-01T10:{:02}:{:02}.000Z</LastModified><ETag>&quot;9b2cf535f27731c974343645a39{number:05x}&quot;</ETag>\
             <ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>{}</Size>\
             <StorageClass>STANDARD</StorageClass></Contents>",
            number / 60 % 60,
            number % 60,
            number * 7_919,
        );
        written.expect("writing to a String does not fail");
    }
    body.push_str("</ListBucketResult>");
    body
}

fn list_page(criterion: &mut Criterion) {
    let body = body();
    assert_eq!(page::parse(body.as_bytes()).map(|page| page.objects.len()), Ok(1_000));
    let mut group = criterion.benchmark_group("list_page");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("parse of 1,000 keys", |bencher| bencher.iter(|| page::parse(black_box(body.as_bytes()))));
    group.finish();
}

criterion_group!(benches, list_page);
criterion_main!(benches);
