CREATE OR REPLACE FUNCTION hearken_churn
-- The numbers that the churn risk is made of, by name: points of a signal, half_life_days, relief (what is left of a signal once something
-- positive came later), saturation (points at which the score is 63), window_days, and version, which changes with any of them. They are
-- judgements, not estimates: how much worse one signal is than another, to be replaced when outcomes are known to calibrate them.
AS (name) -> transform(
    name,
    [
        'churn', 'legal_threat', 'safety', 'severe_negative', 'negative', 'low_score', 'unresolved', 'high_effort', 'silence',
        'half_life_days', 'relief', 'saturation', 'window_days', 'version'
    ],
    [40., 30., 30., 20., 8., 12., 10., 6., 40., 30., 0.5, 60., 180., 1.],
    0.
)
