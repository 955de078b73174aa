//! The cores, one thread, no engine: what a record costs in each service.
//!
//! Texts are the replay mix where it is there (`../shared/data/replay`), the examples of the contract otherwise; the group's name says
//! which.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use hearken_benches::{TIMESTAMP_MS, corpus};
use hearken_enrich::enricher::{Enricher, Settings};
use hearken_ingest::Normalizer;
use hearken_schemas::enrichment::Enriched;
use hearken_schemas::envelope::Origin;
use hearken_schemas::feedback::Feedback;
use hearken_schemas::redact::redact;
use hearken_sink::block::Rows;
use hearken_sink::row::{At, FeedbackRow};
use hearken_sink::seen::Seen;
use uuid::Uuid;

fn rows(feedback: &[Feedback], enricher: &Enricher) -> Vec<FeedbackRow> {
    let src: Origin = "feedback.raw.reviews.v1:0:1:1767225600000:00000001".parse().expect("an origin");
    let at = At { topic: "feedback.enriched.v1".to_owned(), partition: 0, offset: 1 };
    let enriched =
        feedback.iter().map(|feedback| Enriched { feedback: feedback.clone(), enrichment: enricher.enrich(feedback) });
    enriched.map(|enriched| FeedbackRow::new(enriched, TIMESTAMP_MS, &src, &at)).collect()
}

fn cores(criterion: &mut Criterion) {
    let corpus = corpus();
    let feedback = corpus.feedback();
    let enricher = Enricher::new(&Settings::default()).expect("the default settings are valid");
    let mut group = criterion.benchmark_group(format!("cores/{}", corpus.name));
    group.sample_size(10);

    group.throughput(Throughput::Elements(corpus.records.len() as u64));
    let normalizer = Normalizer::plain();
    group.bench_function("ingest: parse, normalize, redact", |bench| {
        bench.iter(|| {
            for record in &corpus.records {
                let _ = black_box(normalizer.normalize(record.topic, TIMESTAMP_MS, None, Some(&record.value)));
            }
        });
    });
    group.throughput(Throughput::Elements(feedback.len() as u64));
    group.bench_function("ingest: redact alone", |bench| {
        bench.iter(|| feedback.iter().for_each(|feedback| drop(black_box(redact(&feedback.text)))));
    });
    group.bench_function("enrich: everything", |bench| {
        bench.iter(|| feedback.iter().for_each(|feedback| drop(black_box(enricher.enrich(feedback)))));
    });
    let rows = rows(&feedback, &enricher);
    group.bench_function("sink: encode one ArrowStream block", |bench| {
        bench.iter_batched(|| Rows::Feedback(rows.clone()), |rows| black_box(rows.block()), BatchSize::LargeInput);
    });
    group.finish();
}

/// The filter of known ids with a million of them: what a record pays that is new, and what it takes.
fn filter(criterion: &mut Criterion) {
    const KNOWN: u128 = 1_000_000;
    let id = |n: u128| Uuid::from_u128(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
    let known: Vec<Uuid> = (0..KNOWN).map(id).collect();
    let mut seen = Seen::new(64 << 20);
    seen.begin_loading(known.len());
    seen.load(&known);
    seen.end_loading();
    let new: Vec<Uuid> = (KNOWN..KNOWN + 100_000).map(id).collect();
    let in_vain = new.iter().filter(|id| seen.may_know(id)).count();
    println!("a million known ids take {} bytes; of 100,000 new ones {in_vain} are looked up in vain", seen.bytes());
    let mut group = criterion.benchmark_group("filter");
    group.sample_size(10);
    group.throughput(Throughput::Elements(new.len() as u64));
    group.bench_function("ask for and note an id", |bench| {
        bench.iter(|| {
            for id in &new {
                black_box(seen.may_know(id));
                seen.add(id);
            }
        });
    });
    group.throughput(Throughput::Elements(known.len() as u64));
    group.bench_function("load a million ids", |bench| {
        bench.iter(|| {
            seen.begin_loading(known.len());
            seen.load(&known);
            seen.end_loading();
        });
    });
    group.finish();
}

criterion_group!(benches, filter, cores);
criterion_main!(benches);
