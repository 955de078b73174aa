CREATE TABLE IF NOT EXISTS identities
(
    alias_type LowCardinality(String) COMMENT 'customer_id, phone, email or handle',
    alias_key String COMMENT 'Of a customer id namespace/id (or id), else a keyed hash; of a handle the author_key of feedback',
    customer_id String COMMENT 'The customer who claims this name',
    id_namespace LowCardinality(String) COMMENT 'Within what customer_id is unique',
    valid_from DateTime64(3, 'UTC') COMMENT 'The profile''s updated_at: the claim holds until a newer profile of this customer lacks it'
)
ENGINE = MergeTree
ORDER BY (alias_type, alias_key, valid_from)
SETTINGS non_replicated_deduplication_window = 100000
COMMENT 'Every name that a profile ever claimed; read v_identities for the claims that hold. A newer profile without a name gives it up, which undoes a merge'
