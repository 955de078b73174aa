CREATE OR REPLACE VIEW v_outcome
AS SELECT src_topic, src_partition, src_offset, 'row' AS outcome, crc, written_at FROM feedback WHERE sign = 1
UNION ALL
SELECT src_topic, src_partition, src_offset, 'row' AS outcome, crc, written_at FROM orders
UNION ALL
SELECT src_topic, src_partition, src_offset, 'row' AS outcome, crc, written_at FROM visits
UNION ALL
SELECT src_topic, src_partition, src_offset, 'row' AS outcome, crc, written_at FROM customers
UNION ALL
SELECT src_topic, src_partition, src_offset, 'dead_letter' AS outcome, crc, written_at FROM dead_letters
UNION ALL
SELECT src_topic, src_partition, src_offset, kind AS outcome, crc, written_at FROM outcomes
COMMENT 'What became of each raw record, by its coordinates: row (of feedback, orders, visits or customers), dead_letter, repeat, stale or erased. A dead letter and something later mean that its cause was mended and the record read again'
