#!/usr/bin/env python3
"""Texts a second of SnowNLP (Chinese) and VADER (English) on the replay mix, one thread, beside `cargo bench --bench peers`.

    python3 -m venv "$TMPDIR/peers" && "$TMPDIR/peers/bin/pip" install snownlp vaderSentiment
    "$TMPDIR/peers/bin/python" benches/peers.py [MIX.jsonl.gz]

SnowNLP is slow and reads every twentieth Chinese text; VADER reads all English ones. Each figure is the median of five rounds.
A library that is not installed is named and left out; so is everything where the mix is not there.
"""

import gzip
import json
import statistics
import sys
import time
from pathlib import Path

MIX = Path(__file__).resolve().parent.parent / "../shared/data/replay/mix_20k.jsonl.gz"
SNOWNLP_SAMPLED = 20
ROUNDS = 5


def texts(mix, tag):
    """Returns the texts in the languages whose tag begins so."""
    with gzip.open(mix, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [row["text"] for row in rows if row["lang"].startswith(tag)]


def speed(judge, texts):
    """Returns texts a second: the median of the rounds, after one that is not counted."""
    seconds = []
    for _ in range(ROUNDS + 1):
        begun = time.perf_counter()
        for text in texts:
            judge(text)
        seconds.append(time.perf_counter() - begun)
    return len(texts) / statistics.median(seconds[1:])


def snownlp():
    from snownlp import SnowNLP

    # It divides by the number of words, and an empty text has none.
    return lambda text: SnowNLP(text).sentiments if text else None


def vader():
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer().polarity_scores


def main():
    mix = Path(sys.argv[1]) if len(sys.argv) > 1 else MIX
    if not mix.exists():
        print(f"{mix.name} is not there: SnowNLP and VADER are not measured")
        return
    print("texts a second, one core, replay-mix, Python:")
    for name, load, tag, step in [("SnowNLP", snownlp, "zh", SNOWNLP_SAMPLED), ("VADER", vader, "en", 1)]:
        try:
            judge = load()
        except ImportError as error:
            print(f"  {name:8} not measured: {error}; {Path(__file__).name} says how to install it")
            continue
        sample = texts(mix, tag)[::step]
        print(f"  {name:8} {speed(judge, sample):>10.0f}   sentiment of {len(sample)} texts in {tag}")


if __name__ == "__main__":
    main()
