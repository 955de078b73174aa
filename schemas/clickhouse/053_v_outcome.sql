CREATE OR REPLACE VIEW v_outcome
AS SELECT src_topic, src_partition, src_offset, 'row' AS outcome, crc FROM feedback WHERE sign = 1
UNION ALL
SELECT src_topic, src_partition, src_offset, 'row' AS outcome, crc FROM orders
UNION ALL
SELECT src_topic, src_partition, src_offset, 'row' AS outcome, crc FROM visits
UNION ALL
SELECT src_topic, src_partition, src_offset, 'row' AS outcome, crc FROM customers
UNION ALL
SELECT src_topic, src_partition, src_offset, 'dead_letter' AS outcome, crc FROM dead_letters
UNION ALL
SELECT src_topic, src_partition, src_offset, kind AS outcome, crc FROM outcomes
COMMENT 'What became of each raw record, by its coordinates: row (of feedback, orders, visits or customers), dead_letter, repeat or stale'
