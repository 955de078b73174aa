CREATE TABLE IF NOT EXISTS customer_names
(
    customer_key String COMMENT 'The customer, after merges, as v_customers writes it',
    kind LowCardinality(String) COMMENT 'customer_id: an id that was merged into this customer; handle: an author_key that the customer bears',
    name String COMMENT 'The id with its namespace, or the author_key'
)
ENGINE = MergeTree
ORDER BY (customer_key, kind, name)
SETTINGS index_granularity = 256, min_compress_block_size = 4096, max_compress_block_size = 8192
COMMENT 'What else a customer is called, as of the last full hour: the way from a customer to all that was said under other names, which v_customer_merges and v_identities know the other way round. A customer''s own key is not listed. Filled anew as a whole by customer_names_hourly; empty until that ran'
