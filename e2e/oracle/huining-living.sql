-- Huining 2020, the fourth sieve: disabled members of families of the rural minimum guarantee, classes one and two 100 a month, classes three and four 10; holders of
-- the second-generation certificate. The 10 is paid as printed (ambiguities, Gansu 1: the override of 50 is there and off).
SELECT g.person, g.month, CASE WHEN c.value IN ('1', '2') THEN 10000 ELSE 1000 END AS fen
FROM holds g
JOIN holds c ON c.person = g.person AND c.month = g.month AND c.name = 'household.dibao_class' AND c.value IN ('1', '2', '3', '4')
JOIN holds r ON r.person = g.person AND r.month = g.month AND r.name = 'roster.dibao' AND r.value = 'true'
WHERE g.series = 'huining-backstop' AND g.name = 'person.disability.certificate_generation' AND g.value = '2'
