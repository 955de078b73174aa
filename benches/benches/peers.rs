//! The enricher, step by step and whole, and other libraries over the same texts, one thread, in one run.
//!
//! lingua takes long, so it reads every tenth text, and the whole enricher is timed over those as well. jieba reads what the mix says is
//! Chinese. At the end stand texts a second and how the whole enricher compares. Texts are those of `cores`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use hearken_benches::{Corpus, corpus};
use hearken_enrich::keywords;
use hearken_enrich::language::{Language, LanguageDetector};
use hearken_enrich::sentiment::{SentimentJudge, Words};
use hearken_enrich::stopwords::StopWords;
use hearken_enrich::tokens::Tokenizer;
use hearken_enrich::{Enricher, Settings};
use hearken_schemas::feedback::Feedback;
use jieba_rs::Jieba;

/// What lingua reads: one text in so many.
const SAMPLED: usize = 10;

const WHOLE_SAMPLED: &str = "enricher: whole, every tenth text";
const LINGUA_HIGH: &str = "lingua high, every tenth text";
const LINGUA_LOW: &str = "lingua low, every tenth text";

/// The languages that are told apart, as lingua and whatlang call them; whichlang has sixteen of its own choice.
const LANGUAGES: [(lingua::Language, whatlang::Lang); 18] = [
    (lingua::Language::Chinese, whatlang::Lang::Cmn),
    (lingua::Language::English, whatlang::Lang::Eng),
    (lingua::Language::Japanese, whatlang::Lang::Jpn),
    (lingua::Language::Korean, whatlang::Lang::Kor),
    (lingua::Language::German, whatlang::Lang::Deu),
    (lingua::Language::French, whatlang::Lang::Fra),
    (lingua::Language::Spanish, whatlang::Lang::Spa),
    (lingua::Language::Portuguese, whatlang::Lang::Por),
    (lingua::Language::Italian, whatlang::Lang::Ita),
    (lingua::Language::Dutch, whatlang::Lang::Nld),
    (lingua::Language::Russian, whatlang::Lang::Rus),
    (lingua::Language::Arabic, whatlang::Lang::Ara),
    (lingua::Language::Hindi, whatlang::Lang::Hin),
    (lingua::Language::Indonesian, whatlang::Lang::Ind),
    (lingua::Language::Thai, whatlang::Lang::Tha),
    (lingua::Language::Vietnamese, whatlang::Lang::Vie),
    (lingua::Language::Turkish, whatlang::Lang::Tur),
    (lingua::Language::Polish, whatlang::Lang::Pol),
];

/// Times one thing after the other and keeps the speeds.
struct Race<'c> {
    group: BenchmarkGroup<'c, WallTime>,
    /// In the order of running.
    speeds: Vec<(&'static str, Speed)>,
}

/// Texts a second.
struct Speed {
    median: f64,
    /// The round that was disturbed least, where the machine does something else too.
    best: f64,
}

impl Race<'_> {
    /// Runs every text through `run`, again and again.
    fn time<T, R>(&mut self, name: &'static str, texts: &[T], run: impl Fn(&T) -> R) {
        let mut rounds: Vec<Duration> = Vec::new();
        self.group.throughput(Throughput::Elements(texts.len() as u64));
        self.group.bench_function(name, |bench| {
            bench.iter_custom(|times| {
                let begun = Instant::now();
                (0..times).for_each(|_| texts.iter().for_each(|text| drop(black_box(run(text)))));
                let spent = begun.elapsed();
                rounds.push(spent.div_f64(times as f64));
                spent
            });
        });
        rounds.sort_unstable();
        let speed = |round: &Duration| texts.len() as f64 / round.as_secs_f64();
        // None where the command line asks for other benchmarks.
        if let (Some(median), Some(best)) = (rounds.get(rounds.len() / 2), rounds.first()) {
            self.speeds.push((name, Speed { median: speed(median), best: speed(best) }));
        }
    }

    fn finish(self, corpus: &str) {
        self.group.finish();
        println!("texts a second, one core, {corpus}: {:>20} {:>10}", "median", "best");
        for (name, Speed { median, best }) in &self.speeds {
            println!("  {name:44} {median:>10.0} {best:>10.0}");
        }
        let speed = |wanted| self.speeds.iter().find(|(name, _)| *name == wanted).map(|(_, speed)| speed);
        for alone in [LINGUA_HIGH, LINGUA_LOW] {
            if let (Some(whole), Some(peer)) = (speed(WHOLE_SAMPLED), speed(alone)) {
                let [median, best] = [whole.median / peer.median, whole.best / peer.best];
                println!(
                    "the whole enricher does {median:.1} times (best rounds: {best:.1} times) the texts of {alone}"
                );
            }
        }
    }
}

fn peers(criterion: &mut Criterion) {
    let corpus = corpus();
    let feedback = corpus.feedback();
    let mut group = criterion.benchmark_group(format!("peers/{}", corpus.name));
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    let mut race = Race { group, speeds: Vec::new() };
    steps(&mut race, &corpus, &feedback);
    whole(&mut race, &feedback);
    languages(&mut race, &feedback);
    race.finish(corpus.name);
}

/// Each step gets what the step before it found.
fn steps(race: &mut Race<'_>, corpus: &Corpus, feedback: &[Feedback]) {
    let stop_words = StopWords::embedded();
    let detector = LanguageDetector::new(&Language::ALL, &stop_words);
    race.time("enricher: language", feedback, |feedback| detector.detect(&feedback.text, None));

    let tokenizer = Tokenizer::new();
    let read = |feedback: &[Feedback]| -> Vec<(String, Option<Language>)> {
        let detect = |feedback: &Feedback| detector.detect(&feedback.text, None).language;
        feedback.iter().map(|feedback| (feedback.text.clone(), detect(feedback))).collect()
    };
    let texts = read(feedback);
    race.time("enricher: tokens", &texts, |(text, language)| tokenizer.tokenize(text, *language));
    let chinese = read(&corpus.feedback_in("zh"));
    race.time("enricher: tokens, Chinese third", &chinese, |(text, language)| tokenizer.tokenize(text, *language));
    let jieba = Jieba::new();
    race.time("jieba, Chinese third", &chinese, |(text, _)| jieba.cut(text, true).len());

    let tokens: Vec<_> = texts.iter().map(|(text, language)| tokenizer.tokenize(text, *language)).collect();
    race.time("enricher: keywords", &tokens, |tokens| keywords::rank(tokens, &stop_words, 8));

    let judge = SentimentJudge::embedded().expect("the embedded lexicons are valid");
    let words = texts.iter().zip(&tokens);
    let words: Vec<_> = words
        .map(|((original, language), tokens)| Words { lower: tokens.lower(), original, language: *language })
        .collect();
    race.time("enricher: sentiment", &words, |words| judge.judge(*words, None));
}

fn whole(race: &mut Race<'_>, feedback: &[Feedback]) {
    let enricher = Enricher::new(&Settings::default()).expect("the default settings are valid");
    race.time("enricher: whole", feedback, |feedback| enricher.enrich(feedback));
    let sample: Vec<_> = feedback.iter().step_by(SAMPLED).cloned().collect();
    race.time(WHOLE_SAMPLED, &sample, |feedback| enricher.enrich(feedback));
}

fn languages(race: &mut Race<'_>, feedback: &[Feedback]) {
    let builder = || {
        let mut builder = lingua::LanguageDetectorBuilder::from_languages(&LANGUAGES.map(|(language, _)| language));
        builder.with_preloaded_language_models();
        builder
    };
    let sample: Vec<&str> = feedback.iter().step_by(SAMPLED).map(|feedback| &feedback.text[..]).collect();
    let high = builder().build();
    race.time(LINGUA_HIGH, &sample, |text| high.detect_language_of(*text));
    let low = builder().with_low_accuracy_mode().build();
    race.time(LINGUA_LOW, &sample, |text| low.detect_language_of(*text));
    let whatlang = whatlang::Detector::with_allowlist(LANGUAGES.map(|(_, language)| language).to_vec());
    race.time("whatlang", feedback, |feedback| whatlang.detect(&feedback.text));
    race.time("whichlang", feedback, |feedback| whichlang::detect_language(&feedback.text));
}

criterion_group!(benches, peers);
criterion_main!(benches);
