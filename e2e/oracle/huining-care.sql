-- Huining 2020, the fourth sieve: intellectual, mental, limb and sight of level one, intellectual and mental of level two 100 a month; hearing and speech of level one,
-- limb, sight, hearing and speech of level two 50; holders of the second-generation certificate. Multiple disability is not among the kinds it names; that it counts as its
-- gravest kind is a parameter (ambiguities, Gansu 2), which no town of the invented county has set.
WITH disabled AS (
    SELECT g.person, g.month, l.value AS level, k.value AS kind
    FROM holds g
    JOIN holds l ON l.person = g.person AND l.month = g.month AND l.name = 'person.disability.level'
    JOIN holds k ON k.person = g.person AND k.month = g.month AND k.name = 'person.disability.kind'
    WHERE g.series = 'huining-backstop' AND g.name = 'person.disability.certificate_generation' AND g.value = '2')
SELECT person, month, 10000 AS fen FROM disabled
WHERE level = '1' AND kind IN ('intellectual', 'mental', 'limb', 'sight') OR level = '2' AND kind IN ('intellectual', 'mental')
UNION ALL
SELECT person, month, 5000 FROM disabled
WHERE level = '1' AND kind IN ('hearing', 'speech') OR level = '2' AND kind IN ('limb', 'sight', 'hearing', 'speech')
