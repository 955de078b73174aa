//! Prints what each stage costs on a file of texts: `cargo run --release -p hearken-enrich --example rate -- FILE`.
//!
//! FILE is JSONL, plain or gzipped, one object with a string `text` a line. One thread; every stage reads all texts.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;
use std::time::Instant;

use flate2::read::GzDecoder;
use hearken_enrich::keywords::Ranker;
use hearken_enrich::language::{Language, LanguageDetector};
use hearken_enrich::sentiment::{SentimentJudge, Words};
use hearken_enrich::stopwords::StopWords;
use hearken_enrich::tokens::Tokenizer;
use hearken_enrich::{Enricher, Settings};
use hearken_schemas::feedback::Feedback;
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let path =
        std::env::args().nth(1).ok_or("usage: rate FILE (JSONL, plain or gzipped, with a string `text` a line)")?;
    let texts = read(&path)?;
    println!(
        "{} texts, {} bytes on average",
        texts.len(),
        texts.iter().map(String::len).sum::<usize>() / texts.len().max(1)
    );

    let start = Instant::now();
    let enricher = Enricher::new(&Settings::default())?;
    println!("{:10} {:8.1} ms", "start", start.elapsed().as_secs_f64() * 1e3);

    let feedback = texts.iter().map(|text| feedback(text)).collect::<Result<Vec<_>, _>>()?;
    timed("whole", &feedback, |feedback| enricher.enrich(feedback));
    print_memory()?;
    // Intents have no interface of their own: what they cost is the difference.
    let mut settings = Settings::default();
    settings.intents.toml.clear();
    let enricher = Enricher::new(&settings)?;
    timed("no intents", &feedback, |feedback| enricher.enrich(feedback));

    let stop_words = StopWords::embedded();
    let detector = LanguageDetector::new(&Language::ALL, &stop_words);
    let (tokenizer, ranker) = (Tokenizer::new(), Ranker::new(&stop_words, Arc::default()));
    let judge = SentimentJudge::embedded()?;
    let detections = timed("language", &texts, |text| detector.detect(text, None));
    let guessed: Vec<_> = texts.iter().zip(detections).collect();
    let tokens = timed("tokens", &guessed, |(text, guess)| tokenizer.tokenize(text, guess.language));
    timed("keywords", &tokens, |tokens| ranker.rank(tokens, 8));
    let words: Vec<Words<'_>> = guessed
        .iter()
        .zip(&tokens)
        .map(|((text, guess), tokens)| Words { lower: tokens.lower(), original: text, language: guess.language })
        .collect();
    timed("sentiment", &words, |words| judge.judge(*words));
    Ok(())
}

fn timed<T, R>(stage: &str, inputs: &[T], run: impl Fn(&T) -> R) -> Vec<R> {
    let start = Instant::now();
    let results: Vec<R> = inputs.iter().map(run).collect();
    let seconds = start.elapsed().as_secs_f64();
    let texts = inputs.len() as f64;
    println!("{stage:10} {:8.2} µs/text {:10.0} texts/s", seconds / texts * 1e6, texts / seconds);
    results
}

fn read(path: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let file = File::open(path).map_err(|error| format!("{path}: {error}"))?;
    let plain: Box<dyn Read> = if path.ends_with(".gz") { Box::new(GzDecoder::new(file)) } else { Box::new(file) };
    let mut texts = Vec::new();
    for (number, line) in BufReader::new(plain).lines().enumerate() {
        let row: serde_json::Value = serde_json::from_str(&line?)?;
        let text = row["text"].as_str().ok_or_else(|| format!("{path}, line {}: no string `text`", number + 1))?;
        texts.push(text.to_owned());
    }
    Ok(texts)
}

fn feedback(text: &str) -> serde_json::Result<Feedback> {
    serde_json::from_value(json!({
        "feedback_id": "00000000-0000-0000-0000-000000000000",
        "revision": 0,
        "channel": "review",
        "source": "rate",
        "source_id": "1",
        "occurred_at": "2026-01-01T00:00:00Z",
        "received_at": "2026-01-01T00:00:00Z",
        "time_precision": "second",
        "journey_stage": "unmapped",
        "text": text,
        "redactions": 0,
    }))
}

fn print_memory() -> std::io::Result<()> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    for line in status.lines().filter(|line| line.starts_with("VmHWM") || line.starts_with("VmRSS")) {
        println!("{line}");
    }
    Ok(())
}
