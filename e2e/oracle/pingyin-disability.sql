-- Pingyin 2021, two (2) 1: who is registered at home in the county, on the roll of the registered poor, and holds a second-generation certificate of level one or two, has 100 a
-- month (PY-5). It begins with the month after the county's approval; who was first approved after the document was issued on 2021-06-28 is paid once for each
-- month from January in which the facts were met (ambiguities, Pingyin 13 and 14). In force to 2021-12-31. Nobody is paid who did not apply (two (2) 2 (1)).
SELECT l.person, l.month, 10000 AS fen
FROM holds l
JOIN holds g ON g.person = l.person AND g.month = l.month AND g.name = 'person.disability.certificate_generation' AND g.value = '2'
JOIN holds r ON r.person = l.person AND r.month = l.month AND r.name = 'roster.registered_poor' AND r.value = 'true'
JOIN holds h ON h.person = l.person AND h.month = l.month AND h.name = 'person.hukou' AND h.value LIKE '999901%'
JOIN approved a ON a.person = l.person AND a.scheme = 'pingyin-medical-help/severe-disability'
WHERE l.series = 'pingyin-medical-help' AND l.name = 'person.disability.level' AND l.value IN ('1', '2')
  AND (a.day > '2021-06-28' OR l.month > SUBSTR(a.day, 1, 7))
