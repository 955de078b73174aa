CREATE OR REPLACE VIEW v_driver_matrix
AS SELECT
    *,
    avg(performance) OVER (PARTITION BY brand, metric, survey_kind, basis) AS performance_cut,
    avg(importance) OVER (PARTITION BY brand, metric, survey_kind, basis) AS importance_cut,
    multiIf(
        isNull(performance), NULL,
        importance >= importance_cut, if(ifNull(performance >= performance_cut, false), 'strength', 'improve'),
        if(ifNull(performance >= performance_cut, false), 'maintain', 'monitor')
    ) AS quadrant
FROM v_drivers
COMMENT 'The drivers of v_drivers as a matrix: performance across, importance upwards, both cut at their mean within the scope (performance_cut, importance_cut). quadrant: strength (important, does well), improve (important, does badly), maintain (less important, does well), monitor (neither); NULL where performance is. Correlational'
