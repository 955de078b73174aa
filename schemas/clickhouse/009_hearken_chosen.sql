CREATE OR REPLACE FUNCTION hearken_chosen
-- Whether a value is among those that a reader of a board chose. The choice comes as Grafana's ${name:percentencode} writes it, which no
-- value can break out of: all, or percent-encoded {one,or,more}, or one without braces. A comma within a value counts as one between
-- values, and a value with commas is found whole: of brands "A" and "A,B" the choice of the second takes the first along.
AS (choice, value) -> choice = 'all'
    OR position(concat(',', replaceRegexpOne(decodeURLComponent(choice), '^\\{((?s).*)\\}$', '\\1'), ','), concat(',', ifNull(toString(value), ''), ',')) > 0
