-- Guangxi 2018, four (1): the government bears 60 % of what the registered poor pay for the residents' medical insurance (GX-2), once a year; of the personal contribution
-- (ambiguities, Guangxi 10), rounded half up to the fen. It is due with the first month of the year in which somebody is registered and insured.
SELECT person, MIN(month) AS month, fen FROM (
    SELECT i.person, i.month, (CAST(REPLACE(p.value, '.', '') AS INTEGER) * 60 + 50) / 100 AS fen
    FROM holds i
    JOIN holds r ON r.person = i.person AND r.month = i.month AND r.name = 'roster.registered_poor' AND r.value = 'true'
    JOIN holds p ON p.person = i.person AND p.month = i.month AND p.name = 'person.premium'
    WHERE i.series = 'guangxi-health-poverty-backstop' AND i.name = 'person.insured' AND i.value = 'true')
GROUP BY person
