CREATE OR REPLACE FUNCTION hearken_churn_reason
-- Why somebody may go, by their words and the worst aspect: moved, ties_elsewhere and competitor by what is said, the others by what is
-- blamed; unnamed where nothing is.
AS (words, category, named_rival) -> multiIf(
    match(words, '(?i)(\\bmoved (away|to another)|\\bmoving (away|to another (city|town|country))|\\brelocat|umgezogen|ziehe weg|搬家|搬走|搬到外地|déménag|me mud|引っ越|이사)'),
    'moved',
    match(words, '(?i)(my (friend|brother|sister|cousin|husband|wife|neighbou?r) (works|has a shop|runs|owns)|朋友开的|亲戚开的|熟人开的|朋友在.{0,8}上班)'),
    'ties_elsewhere',
    named_rival, 'competitor',
    category = 'staff_attitude', 'staff_attitude',
    category = 'price', 'price',
    category IN ('product', 'digital'), 'product',
    category IN ('service', 'delivery', 'convenience'), 'slow_resolution',
    'unnamed'
)
