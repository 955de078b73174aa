CREATE TABLE IF NOT EXISTS customer_standing
(
    customer_key String COMMENT 'The customer, after merges, as v_customers writes it',
    as_of DateTime('UTC') COMMENT 'When this was computed',
    tier LowCardinality(String) COMMENT 'champion, loyal, promising, needs_attention, hibernating or no_orders',
    revenue Nullable(Float64) COMMENT 'What the customer ordered in the 12 months before; NULL where none of it could be converted',
    currency LowCardinality(String) COMMENT 'The currency of revenue; empty where nothing was ordered',
    orders UInt64 COMMENT 'Orders in the 12 months before',
    orders_ever UInt64 COMMENT 'Orders at any time before',
    last_order_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the customer last ordered; NULL where never',
    interval_days Nullable(Float64) COMMENT 'The median of the days between orders; NULL with fewer than 3 days of ordering',
    has_left Nullable(Bool) COMMENT 'Whether the last order is further back than 3 times interval_days; NULL where nobody can know',
    has_ended Bool COMMENT 'Whether the newest profile says that the subscription or account has ended',
    segment LowCardinality(String) COMMENT 'The company''s segment; empty where unknown',
    owner LowCardinality(String) COMMENT 'Who answers for the customer, by the profile; empty where nobody is named',
    region LowCardinality(String) COMMENT 'Where the customer lives; empty where unknown'
)
ENGINE = MergeTree
ORDER BY customer_key
SETTINGS index_granularity = 256, min_compress_block_size = 4096, max_compress_block_size = 8192
COMMENT 'v_customer_value as of the last full hour, a row a customer, found by its key in milliseconds: what alerts and risks are weighed with. Filled anew as a whole by customer_standing_hourly; empty until that ran'
