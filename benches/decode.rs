//! How fast requests are decoded: the labelled requests and every vendor's
//! fixtures, pixels and others mixed. Beside it, in the same run, what merely
//! splitting the same addresses costs with the `url` crate: the peer that the
//! figure is a ratio to. Method and figures: BENCHMARKS.md.
//!
//! `--count N` decodes the corpus N times and says how many requests that
//! were, for a counter of instructions (`benches/instructions.sh`).

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench is run by hand")]

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use criterion::{Criterion, Throughput};
use mimalloc::MiMalloc;
use pixelproof::model::request::Header;
use pixelproof::model::vendor::WireRequest;
use pixelproof::vendors::{LineDecoder, Registry};
use serde_json::Value;

/// The program's own.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

struct Sample {
    url: String,
    method: String,
    body: Vec<u8>,
    content_type: Option<String>,
    content_encoding: Option<String>,
    headers: Vec<Header>,
}

impl Sample {
    /// From a line of the decode interface, or a vendor's fixture.
    fn read(value: &Value) -> Self {
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let decode = |text: &str| base64::engine::general_purpose::STANDARD.decode(text).unwrap();
        let is_fixture = value["from"].is_string();
        let body = if is_fixture {
            text("body_base64").map_or_else(
                || text("body").unwrap_or_default().into_bytes(),
                |encoded| decode(&encoded),
            )
        } else {
            text("body").map(|encoded| decode(&encoded)).unwrap_or_default()
        };
        let headers: BTreeMap<String, String> =
            serde_json::from_value(value["headers"].clone()).unwrap_or_default();
        Self {
            url: text("url").unwrap(),
            method: text("method").unwrap_or_else(|| "GET".to_owned()),
            body,
            content_type: text("content_type"),
            content_encoding: text("content_encoding"),
            headers: headers.into_iter().map(|(name, value)| Header { name, value }).collect(),
        }
    }

    fn wire(&self) -> WireRequest<'_> {
        WireRequest {
            url: &self.url,
            method: &self.method,
            body: &self.body,
            content_type: self.content_type.as_deref(),
            content_encoding: self.content_encoding.as_deref(),
            headers: &self.headers,
        }
    }
}

fn corpus() -> Vec<Sample> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let labelled = fs::read_to_string(tests.join("decode/labelled.jsonl")).unwrap();
    let mut samples: Vec<Sample> =
        labelled.lines().map(|line| Sample::read(&serde_json::from_str(line).unwrap())).collect();
    let mut files: Vec<_> = fs::read_dir(tests.join("vendors"))
        .unwrap()
        .flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let fixtures = files.iter().map(|file| fs::read_to_string(file).unwrap());
    samples.extend(fixtures.map(|text| Sample::read(&serde_json::from_str(&text).unwrap())));
    samples
}

fn decode_all(registry: &Registry, samples: &[Sample]) -> usize {
    samples.iter().map(|sample| registry.decode(&sample.wire(), |it| it.events.len())).sum()
}

fn main() {
    let samples = corpus();
    let registry = Registry::default();
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--count") {
        let times: usize = arguments.get(at + 1).unwrap().parse().unwrap();
        for _ in 0..times {
            black_box(decode_all(&registry, &samples));
        }
        println!("{}", times * samples.len());
        return;
    }
    let lines: Vec<String> = samples
        .iter()
        .map(|sample| {
            let body = base64::engine::general_purpose::STANDARD.encode(&sample.body);
            serde_json::json!({
                "id": "1",
                "url": sample.url,
                "method": sample.method,
                "body": body,
                "content_type": sample.content_type,
            })
            .to_string()
        })
        .collect();
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(5))
        .configure_from_args();
    let mut group = criterion.benchmark_group("corpus");
    group.throughput(Throughput::Elements(samples.len() as u64));
    group.bench_function("decode", |bench| bench.iter(|| decode_all(&registry, &samples)));
    group.bench_function("split with the url crate", |bench| {
        bench.iter(|| {
            let pairs = |sample: &Sample| {
                url::Url::parse(&sample.url).map_or(0, |url| url.query_pairs().count())
            };
            samples.iter().map(pairs).sum::<usize>()
        });
    });
    group.bench_function("lines", |bench| {
        let mut output = Vec::new();
        bench.iter(|| {
            output.clear();
            let mut decoder = LineDecoder::new(&registry);
            for line in &lines {
                decoder.decode(line.as_bytes(), &mut output);
            }
            output.len()
        });
    });
    group.finish();
    criterion.final_summary();
}
